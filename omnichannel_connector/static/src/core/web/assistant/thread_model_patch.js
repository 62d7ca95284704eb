import { fields } from "@mail/core/common/record";
import { Thread } from "@mail/core/common/thread_model";

import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { patch } from "@web/core/utils/patch";

const NONE = { replies: [], canWrite: false };

/** @type {import("models").Thread} */
const threadPatch = {
    setup() {
        super.setup(...arguments);
        this.omnichannelReplies = fields.Attr(NONE);
    },
    get hasOmnichannelReplies() {
        const { replies, canWrite } = this.omnichannelReplies;
        return replies.length > 0 || canWrite;
    },
    /** Look up what may answer the customer's last words. */
    async fetchOmnichannelReplies() {
        const newestId = this.newestPersistentOfAllMessage?.id;
        let found = NONE;
        try {
            found = await this.store.env.services.orm.silent.call(
                "omnichannel.conversation",
                "get_suggested_replies",
                [[this.omnichannel.id]]
            );
        } catch {
            // a help: answering does not depend on it
        }
        if (this.exists() && newestId === this.newestPersistentOfAllMessage?.id) {
            this.omnichannelReplies = found;
        }
    },
    hideOmnichannelReplies() {
        this.omnichannelReplies = NONE;
    },
    /**
     * Have the writing service write. Never raises: a person goes on without it.
     *
     * @param {"draft"|"summary"} task
     * @returns {Promise<{ text: string, hint: string }>}
     */
    async writeOmnichannel(task) {
        try {
            return await rpc(
                "/omnichannel/writing",
                { conversation_id: this.omnichannel.id, task },
                { silent: true }
            );
        } catch {
            return { text: "", hint: _t("There is no text now. Go on without it.") };
        }
    },
};
patch(Thread.prototype, threadPatch);
