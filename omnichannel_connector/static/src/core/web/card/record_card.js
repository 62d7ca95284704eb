import { NotificationMessage } from "@mail/core/common/notification_message";
import { formatWhen, toneIcon } from "@omnichannel_connector/core/web/record/record_view";

import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";

import { useService } from "@web/core/utils/hooks";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

/** A document of another app in the thread, as far as the user may see it. */
export class RecordCard extends Component {
    static template = "omnichannel_connector.RecordCard";
    static props = { message: Object };

    setup() {
        super.setup();
        this.cards = useService("omnichannel.cards");
        this.dialog = useService("dialog");
        this.state = useState({ card: undefined, isLoading: true });
        this.isGone = false;
        onWillStart(() => {
            this.load(); // the thread does not wait for its cards
        });
        onWillDestroy(() => (this.isGone = true));
    }

    async load() {
        const { message } = this.props;
        const card = await this.cards.load(message.omnichannelCard);
        if (!this.isGone) {
            Object.assign(this.state, { card, isLoading: false });
            message.isOmnichannelCardHidden = Boolean(card?.isHidden);
        }
    }

    get when() {
        return formatWhen(this.state.card.date);
    }

    get icon() {
        return `fa fa-fw ${this.state.card.icon}`;
    }

    get toneIcon() {
        return toneIcon(this.state.card);
    }

    get href() {
        return `/odoo/${this.state.card.model}/${this.state.card.resId}`;
    }

    /** Show the document above the thread, which stays where it is. */
    onClick(ev) {
        if (ev.ctrlKey || ev.metaKey || ev.shiftKey) {
            return;
        }
        ev.preventDefault();
        const { model: resModel, resId, title } = this.state.card;
        this.dialog.add(
            FormViewDialog,
            { resModel, resId, title },
            { onClose: () => !this.isGone && this.load() }
        );
    }
}

NotificationMessage.components = { ...NotificationMessage.components, RecordCard };
