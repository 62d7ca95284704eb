import { fields } from "@mail/core/common/record";
import { Thread } from "@mail/core/common/thread_model";

import { patch } from "@web/core/utils/patch";

patch(Thread.prototype, {
    setup() {
        super.setup(...arguments);
        /** Whether this record, of any app, is about a customer to talk with. */
        this.hasOmnichannelCustomer = fields.Attr(false);
    },
});
