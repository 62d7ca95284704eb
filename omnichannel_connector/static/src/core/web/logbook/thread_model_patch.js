import { Thread } from "@mail/core/common/thread_model";

import { patch } from "@web/core/utils/patch";

/** @type {import("models").Thread} */
const threadPatch = {
    /** Ask what came of a call or a visit, and show it. */
    async logOmnichannelContact() {
        const { id } = this.omnichannel;
        const { action, orm } = this.store.env.services;
        const args = [[id]];
        await action.doAction(
            await orm.call("omnichannel.conversation", "action_log_contact", args),
            { onClose: () => this.refreshOmnichannel() }
        );
    },
};
patch(Thread.prototype, threadPatch);
