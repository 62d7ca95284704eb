import { DiscussAppCategory } from "@mail/discuss/core/public_web/discuss_app_category_model";
import { compareDatetime } from "@mail/utils/common/misc";

import { patch } from "@web/core/utils/patch";

/** @type {import("models").DiscussAppCategory} */
const discussAppCategoryPatch = {
    get isOmnichannel() {
        return this.id?.startsWith("omnichannel.");
    },
    /** Customers nobody has taken are shown although we are no member. */
    get isVisible() {
        if (this.isOmnichannel) {
            return !this.hidden && this.threads.some((thread) => thread.displayInSidebar);
        }
        return super.isVisible;
    },
    sortThreads(t1, t2) {
        if (this.isOmnichannel) {
            return (
                compareDatetime(t2.omnichannelLastDatetime, t1.omnichannelLastDatetime) ||
                t2.id - t1.id
            );
        }
        return super.sortThreads(...arguments);
    },
};
patch(DiscussAppCategory.prototype, discussAppCategoryPatch);
