import { DiscussClientAction } from "@mail/core/public_web/discuss_client_action";

import { patch } from "@web/core/utils/patch";

patch(DiscussClientAction.prototype, {
    async restoreDiscussThread() {
        this.store.fetchOmnichannelUnassigned();
        return super.restoreDiscussThread(...arguments);
    },
});
