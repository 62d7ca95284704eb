import { panelRegistry } from "@omnichannel_connector/core/web/panel/panel";

import { Component, useState } from "@odoo/owl";

import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

const { DateTime } = luxon;

/** The addresses that the customer typed: nobody knows yet whether they are theirs. */
export class ClaimSection extends Component {
    static template = "omnichannel_connector.ClaimSection";
    static props = { values: Object, thread: Object, reload: Function };

    setup() {
        super.setup();
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.state = useState({ isBusy: false });
    }

    /** @param {Object} claim */
    canSendLink(claim) {
        return claim.kind === "email";
    }

    /** @param {Object} claim */
    progress({ verification }) {
        if (!verification) {
            return "";
        }
        // it is valid for half an hour: the time tells enough
        const until = deserializeDateTime(verification.until).toLocaleString(DateTime.TIME_SIMPLE);
        if (verification.state !== "pending") {
            return verification.reason || verification.stateLabel;
        }
        if (verification.method === "link") {
            return _t("A link was sent, valid until %(until)s.", { until });
        }
        return _t("A code was sent, valid until %(until)s, attempts left: %(attempts)s.", {
            until,
            attempts: verification.attemptsLeft,
        });
    }

    onClickConfirm(claim) {
        this.dialog.add(ConfirmationDialog, {
            title: _t("Is it theirs?"),
            body: _t(
                "Messages can be sent to %(address)s from then on. Confirm only what you know for certain, not because it was typed.",
                { address: claim.value }
            ),
            confirmLabel: _t("It is theirs"),
            confirm: () => this.call("confirm_claim", claim.id),
            cancelLabel: _t("Not yet"),
            cancel: () => {},
        });
    }

    /**
     * @param {"verify_claim"|"confirm_claim"|"dismiss_claim"} method of omnichannel.conversation
     * @param {...*} args of that method
     */
    async call(method, ...args) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        try {
            const result = await this.orm.call("omnichannel.conversation", method, [
                [this.props.values.conversationId],
                ...args,
            ]);
            if (result?.type) {
                await this.action.doAction(result);
            }
        } finally {
            this.state.isBusy = false;
            await this.props.reload();
        }
    }
}

panelRegistry.add("claims", ClaimSection, { sequence: 20 });
