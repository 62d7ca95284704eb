import { channelIcon } from "@omnichannel_connector/core/common/channel_icons";
import { trustIcon } from "@omnichannel_connector/core/common/trust_icons";
import { panelRegistry } from "@omnichannel_connector/core/web/panel/panel";

import { Component, useState } from "@odoo/owl";

import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { uniqueId } from "@web/core/utils/functions";
import { useService } from "@web/core/utils/hooks";

/** Kinds of address that are no channel of their own. */
const KIND_ICONS = { phone: "fa fa-fw fa-phone", visitor: "fa fa-fw fa-comments-o" };
const VALIDITY_ICONS = { bounced: "fa-reply", unreachable: "fa-chain-broken" };

/** Asks who wrote from a shared address, and shows by which addresses we know the customer. */
export class WhoSection extends Component {
    static template = "omnichannel_connector.WhoSection";
    static props = { values: Object, thread: Object, reload: Function };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ isBusy: false });
        this.headingId = uniqueId("o-omnichannel-WhoSection-");
    }

    get identities() {
        return this.props.values.identities.map((identity) => ({
            ...identity,
            icon: KIND_ICONS[identity.kind] ?? channelIcon(identity.kind),
            trustIcon: trustIcon(identity.trust),
            validityIcon: VALIDITY_ICONS[identity.validity] ?? "fa-exclamation-triangle",
            isFailing: identity.validity !== "valid",
            seen: this.describeSeen(identity),
        }));
    }

    describeSeen({ firstSeen, lastSeen }) {
        if (!lastSeen) {
            return _t("Never written from");
        }
        const last = this.formatDate(lastSeen);
        const first = this.formatDate(firstSeen);
        return first === last
            ? _t("Seen %(last)s", { last })
            : _t("Seen %(first)s – %(last)s", { first, last });
    }

    formatDate(text) {
        const format = { day: "numeric", month: "short", year: "numeric" };
        return deserializeDateTime(text).toLocaleString(format, { locale: user.lang });
    }

    get moreText() {
        const count = this.props.values.moreCount;
        return count && _t("%(count)s more are in the conversation's form.", { count });
    }

    /** One answer at a time: a second click would answer a question that is no more. */
    async call(method, ...args) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        try {
            const action = await this.orm.call("omnichannel.conversation", method, [
                [this.props.thread.omnichannel.id],
                ...args,
            ]);
            if (action?.type) {
                await this.action.doAction(action);
            }
        } finally {
            this.state.isBusy = false;
            this.props.reload();
        }
    }

    onClickCandidate(candidate) {
        return this.call("action_is_candidate", candidate.id);
    }

    onClickSpeaker(candidate) {
        return this.call("action_set_speaker", this.isSpeaking(candidate) ? false : candidate.id);
    }

    isSpeaking(candidate) {
        return this.props.values.speakerId === candidate.id;
    }
}

panelRegistry.add("who", WhoSection, { sequence: 10 });
