import { Component, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/**
 * What a customer seems to ask for in a free text, with the two ways to decide it. Who sent it and
 * in which words stands right above, or beside.
 */
export class ConsentProposal extends Component {
    static template = "omnichannel_connector.ConsentProposal";
    static props = {
        proposal: Object,
        onDecided: { type: Function, optional: true },
    };

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.state = useState({ isBusy: false });
    }

    get text() {
        const { channelLabel: channel, isMarketing, wants } = this.props.proposal;
        if (wants === "start") {
            return _t("Seems to ask for messages by %(channel)s again", { channel });
        }
        return isMarketing
            ? _t("Seems to want no more offers and news by %(channel)s", { channel })
            : _t("Seems to want no more messages by %(channel)s", { channel });
    }

    /** @param {"action_record"|"action_ignore"} method of omnichannel.consent.proposal */
    async decide(method) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        try {
            await this.orm.call("omnichannel.consent.proposal", method, [[this.props.proposal.id]]);
            await this.props.onDecided?.();
        } finally {
            this.state.isBusy = false;
        }
    }
}
