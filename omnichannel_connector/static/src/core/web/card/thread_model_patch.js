import { Thread } from "@mail/core/common/thread_model";

import { patch } from "@web/core/utils/patch";

patch(Thread.prototype, {
    /** What somebody wrote last: the card of a document tells nothing where it cannot be drawn. */
    get omnichannelNewestWritten() {
        return this.newestPersistentAllMessages.find((message) => !message.omnichannelCard);
    },
});
