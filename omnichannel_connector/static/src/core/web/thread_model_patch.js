import { Thread } from "@mail/core/common/thread_model";

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
        const { bus, services } = this.store.env;
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
        bus.trigger("omnichannel:called", { method: "mark_seen", thread: this });
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
