import { Message } from "@mail/core/common/message_model";

import { patch } from "@web/core/utils/patch";

/** @type {import("models").Message} */
const messagePatch = {
    /** Ask what was wrong in a call or visit that this user logged. */
    async correctOmnichannelLog() {
        const { action, orm } = this.store.env.services;
        const args = [[this.omnichannel.call.id]];
        await action.doAction(await orm.call("omnichannel.call", "action_correct", args));
    },
};
patch(Message.prototype, messagePatch);
