import { Component, useEffect, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/** How often the seconds that are left are looked at. */
const TICK = 250;

/**
 * Says that a message did not simply go out, why, and what can be done about it. What may be done
 * the server says; what becomes of it comes back over the bus.
 */
export class DeliveryActions extends Component {
    static template = "omnichannel_connector.DeliveryActions";
    static props = { message: Object };

    setup() {
        super.setup();
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.state = useState({ isBusy: false, secondsLeft: 0 });
        useEffect(
            (heldUntil) => this.countDown(heldUntil),
            () => [this.props.message.omnichannelHeldUntil]
        );
    }

    get facts() {
        return this.props.message.omnichannel;
    }

    get isUncertain() {
        return this.facts.state === "unknown";
    }

    get canCancel() {
        return Boolean(this.facts.canCancel);
    }

    /** For some seconds its author can take a message back as if it had never been. */
    get canUndo() {
        return this.canCancel && this.state.secondsLeft > 0 && this.props.message.isSelfAuthored;
    }

    countDown(heldUntil) {
        const tick = () => {
            this.state.secondsLeft = Math.max(0, Math.ceil((heldUntil - Date.now()) / 1000));
        };
        if (heldUntil > Date.now()) {
            tick();
            const interval = browser.setInterval(tick, TICK);
            return () => browser.clearInterval(interval);
        }
        this.state.secondsLeft = 0;
    }

    get canResend() {
        return Boolean(this.facts.canResend);
    }

    /** Giving up is a decision only where something is open. */
    get canDiscard() {
        return this.canResend && this.isUncertain;
    }

    onClickResend() {
        if (!this.isUncertain) {
            return this.call("action_resend");
        }
        this.dialog.add(ConfirmationDialog, {
            title: _t("Send again?"),
            body: _t(
                "Nobody knows whether this message was sent: the customer may get it twice. If you can, look at the thread at %(channel)s first.",
                { channel: this.facts.channelLabel }
            ),
            confirmLabel: _t("Send again"),
            confirm: () => this.call("action_resend"),
            cancelLabel: _t("Do not send"),
            cancel: () => {},
        });
    }

    onClickDiscard() {
        return this.call("action_discard");
    }

    onClickCancel() {
        return this.call("action_cancel");
    }

    onClickUndo() {
        return this.run(() => this.props.message.undoOmnichannel());
    }

    /** @param {"action_resend"|"action_discard"|"action_cancel"} method of omnichannel.message */
    call(method) {
        return this.run(() => this.orm.call("omnichannel.message", method, [[this.facts.id]]));
    }

    async run(action) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        try {
            await action();
        } finally {
            this.state.isBusy = false;
        }
    }
}
