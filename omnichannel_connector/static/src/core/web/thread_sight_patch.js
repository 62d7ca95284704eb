import { Thread } from "@mail/core/common/thread_model";
import { isDiscarded } from "@omnichannel_connector/core/web/dialog_closing";

import { patch } from "@web/core/utils/patch";

/** Customers go to colleagues and to other teams: who may not see one any more leaves it. */
/** @type {import("models").Thread} */
const threadPatch = {
    /** Ask to whom this customer goes, and what they should know. */
    async handOverOmnichannel() {
        const { id } = this.omnichannel;
        const { action, orm } = this.store.env.services;
        const dialog = await orm.call("omnichannel.conversation", "action_hand_over", [[id]]);
        await action.doAction(dialog, {
            additionalContext: { omnichannel_from_thread: true },
            onClose: async (info) => {
                await this.checkOmnichannelSight();
                if (!isDiscarded(info)) {
                    this.announceOmnichannel("action_hand_over", id);
                }
            },
        });
    },
    /** Leave the thread if it went to somebody whose customers this user does not see. */
    async checkOmnichannelSight() {
        if (!this.omnichannel) {
            return; // nothing of it is shown
        }
        const ids = await this.store.env.services.orm.silent.search(
            "omnichannel.conversation",
            [["id", "=", this.omnichannel.id]],
            { limit: 1 }
        );
        if (!ids.length && this.exists()) {
            await this.leaveOmnichannelSight();
        }
    },
    async leaveOmnichannelSight() {
        if (this.store.discuss?.thread?.eq(this)) {
            this.store.discuss.thread = undefined;
        }
        await this.closeChatWindow({ force: true });
        this.messages.splice(0, this.messages.length);
        this.delete();
        // the server checks again what this client may listen to
        this.store.env.services.bus_service.forceUpdateChannels();
    },
};
patch(Thread.prototype, threadPatch);
