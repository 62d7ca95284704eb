import { Thread } from "@mail/core/common/thread_model";

import { patch } from "@web/core/utils/patch";

patch(Thread.prototype, {
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
