import { ConsentProposal } from "@omnichannel_connector/core/common/consent_proposal";
import { channelIcon } from "@omnichannel_connector/core/common/channel_icons";
import { panelRegistry } from "@omnichannel_connector/core/web/panel/panel";

import { Component } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";

const { DateTime } = luxon;

/** What the customer allows at each address, in which words, and what waits for a decision. */
export class ConsentSection extends Component {
    static template = "omnichannel_connector.ConsentSection";
    static components = { ConsentProposal };
    static props = { values: Object, thread: Object, reload: Function };

    setup() {
        super.setup();
        this.action = useService("action");
        this.notification = useService("notification");
        this.orm = useService("orm");
    }

    /** One entry for each address, with the lines of its channels and purposes. */
    get addresses() {
        const addresses = new Map();
        for (const line of this.props.values.lines) {
            if (!addresses.has(line.identity)) {
                addresses.set(line.identity, { id: line.identity, name: line.address, lines: [] });
            }
            addresses.get(line.identity).lines.push(line);
        }
        return [...addresses.values()];
    }

    icon(line) {
        return channelIcon(line.channel);
    }

    since(line) {
        return (
            line.since &&
            _t("since %(date)s", {
                date: deserializeDateTime(line.since).toLocaleString(DateTime.DATE_MED, {
                    locale: user.lang,
                }),
            })
        );
    }

    refuseLabel({ channelLabel: channel, purposeLabel: purpose }) {
        return _t("Refuse %(channel)s, %(purpose)s", { channel, purpose });
    }

    grantLabel({ channelLabel: channel, purposeLabel: purpose }) {
        return _t("Grant %(channel)s, %(purpose)s", { channel, purpose });
    }

    /** Let the user write down what the customer said, then show what holds now. */
    note(line, state) {
        return this.action.doAction("omnichannel_connector.omnichannel_consent_note_action", {
            additionalContext: {
                default_identity_id: line.identity,
                default_channel: line.channel,
                default_purpose: line.purpose,
                default_state: state,
            },
            onClose: () => this.props.reload(),
        });
    }

    async copyLink(address) {
        const link = await this.callConversation("get_preference_link", address);
        await browser.navigator.clipboard.writeText(link);
        this.notification.add(_t("The link is in your clipboard."), { type: "success" });
    }

    async sendLink(address) {
        await this.callConversation("send_preference_link", address);
        this.notification.add(_t("The link is on its way."), { type: "success" });
    }

    callConversation(method, address) {
        const { id } = this.props.thread.omnichannel;
        return this.orm.call("omnichannel.conversation", method, [[id], address.id]);
    }
}

panelRegistry.add("consent", ConsentSection, { sequence: 40 });
