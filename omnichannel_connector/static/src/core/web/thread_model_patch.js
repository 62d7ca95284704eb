import { Thread } from "@mail/core/common/thread_model";
import { isDiscarded } from "@omnichannel_connector/core/web/dialog_closing";

import { patch } from "@web/core/utils/patch";

patch(Thread.prototype, {
    /** Tell the team's counter that somebody of us has seen the customer's messages. */
    async markOmnichannelSeen() {
        const newestId = this.newestPersistentOfAllMessage?.id;
        const isNews = this.isLoaded && newestId && newestId !== this.omnichannelSeenId;
        if (!this.omnichannel?.unread_count || !isNews) {
            return;
        }
        this.omnichannelSeenId = newestId;
        const { services } = this.store.env;
        const args = [[this.omnichannel.id], newestId];
        let unread_count;
        try {
            unread_count = await services.orm.silent.call(
                "omnichannel.conversation",
                "mark_seen",
                args
            );
        } catch {
            return; // the counter stays, and goes with the next message that is seen
        }
        this.omnichannel.unread_count = unread_count;
        this.announceOmnichannel("mark_seen", this.omnichannel.id);
    },
    /** Ask until when the customer is put off, and show what became of it. */
    async snoozeOmnichannel() {
        const { id } = this.omnichannel;
        const { action } = this.store.env.services;
        await action.doAction("omnichannel_connector.omnichannel_snooze_action", {
            additionalContext: { default_conversation_ids: [id] },
            onClose: async (info) => {
                if (!isDiscarded(info)) {
                    await this.refreshOmnichannel();
                    this.announceOmnichannel("action_snooze", id);
                }
            },
        });
    },
    /** Who releases or closes a customer stays there, and may think again. */
    onPinStateUpdated() {
        if (
            this.channel_type === "omnichannel" &&
            !this.displayToSelf &&
            !this.isLocallyPinned &&
            this.store.discuss?.isActive &&
            this.eq(this.store.discuss.thread)
        ) {
            this.isLocallyPinned = true;
        }
        super.onPinStateUpdated(...arguments);
    },
});
