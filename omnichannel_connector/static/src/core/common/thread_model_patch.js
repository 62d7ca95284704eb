import { fields } from "@mail/core/common/record";
import { Thread } from "@mail/core/common/thread_model";

import { user } from "@web/core/user";
import { patch } from "@web/core/utils/patch";
import { imageUrl } from "@web/core/utils/urls";

/**
 * @typedef {Object} SendChoice one way to write to the customer now
 * @property {string} key
 * @property {string} channel
 * @property {string} label of the channel
 * @property {string} account
 * @property {string} address
 * @property {string} reason why it is closed; empty when it is open
 * @property {string|false} until when it closes, UTC
 * @property {boolean} [isLate] whether only a person may still write
 * @property {number|string|false} [commentId] the public comment that it answers in private
 * @property {string[]} [actions] what can be done besides writing: "react", "typing", …
 * @property {boolean} [canReply] whether the customer sees what an answer quotes
 * @property {string} [unit] in which the channel counts the length of a text
 * @property {number} [limit] of one message
 * @property {Object} [media] most bytes by content type or its first part; empty: any file
 * @property {string} [subject] the usual one of an e-mail
 */

/** @type {import("models").Thread} */
const threadPatch = {
    setup() {
        super.setup(...arguments);
        /** @type {Object|undefined} the conversation, as the server tells it */
        this.omnichannel = fields.Attr(undefined);
        /** @type {SendChoice[]} best first */
        this.omnichannelChoices = fields.Attr([]);
        /** Keys of the choices by which a reaction reaches the customer. */
        this.omnichannelReactableKeys = fields.Attr("", {
            compute() {
                return this.omnichannelChoices
                    .filter(
                        ({ actions, commentId, reason }) =>
                            actions?.includes("react") && !commentId && !reason
                    )
                    .map(({ key }) => key)
                    .join(" ");
            },
        });
        /** @type {"loading"|"ready"|"failed"} */
        this.omnichannelChoicesState = fields.Attr("loading");
        this.omnichannelChoicesRequest = 0;
        this.storeAsOmnichannelUnassigned = fields.One("Store");
    },
    /** Note what changed of the conversation one by one, or all that shows any is drawn anew. */
    update(data) {
        if (!data?.omnichannel || !this.omnichannel) {
            return super.update(data);
        }
        const { omnichannel, ...others } = data;
        Object.assign(this.omnichannel, omnichannel);
        super.update(others);
        if (omnichannel.unread_count) {
            this.store.env.bus.trigger("omnichannel:unread");
        }
    },
    /** Whether nobody has taken this customer, and somebody should. */
    get isOmnichannelUnassigned() {
        return Boolean(
            this.storeAsOmnichannelUnassigned &&
            this.omnichannel?.state === "open" &&
            !this.omnichannel.user_id
        );
    },
    get isOmnichannelMine() {
        return (
            this.channel_type === "omnichannel" &&
            Boolean(this.self_member_id || this.omnichannel?.user_id === user.userId)
        );
    },
    get isOmnichannelSomeoneElses() {
        return Boolean(this.omnichannel?.user_id) && !this.isOmnichannelMine;
    },
    get isChatChannel() {
        return this.channel_type === "omnichannel" || super.isChatChannel;
    },
    get supportsCustomChannelName() {
        return this.channel_type !== "omnichannel" && super.supportsCustomChannelName;
    },
    get avatarUrl() {
        if (this.channel_type === "omnichannel" && this.omnichannel?.partner_id) {
            return imageUrl("res.partner", this.omnichannel.partner_id, "avatar_128");
        }
        return super.avatarUrl;
    },
    /** The customer is no member: the only other member would be a colleague. */
    computeCorrespondent() {
        return this.channel_type === "omnichannel" ? undefined : super.computeCorrespondent();
    },
    /** Learn by which channels the customer can be reached now. */
    async fetchOmnichannelChoices() {
        const request = ++this.omnichannelChoicesRequest;
        let choices;
        try {
            choices = await this.store.env.services.orm.silent.call(
                "omnichannel.conversation",
                "get_send_choices",
                [[this.omnichannel.id]]
            );
        } catch {
            // whatever it was, the composer says so and offers to try again
        }
        if (request !== this.omnichannelChoicesRequest || !this.exists()) {
            return;
        }
        this.omnichannelChoices = choices ?? [];
        this.omnichannelChoicesState = choices ? "ready" : "failed";
        this.composer?.preselectOmnichannelKey();
    },
    /**
     * Do something with the conversation, and show what became of it.
     *
     * @param {string} method of omnichannel.conversation
     * @param {Array} [args] of the method
     */
    async callOmnichannel(method, args = []) {
        const { id } = this.omnichannel;
        await this.store.env.services.orm.call("omnichannel.conversation", method, [[id], ...args]);
        await this.refreshOmnichannel();
        this.announceOmnichannel(method, id);
    },
    /**
     * Tell this client what was done with the conversation, also when the thread is gone since.
     *
     * @param {string} method
     * @param {number} conversationId
     */
    announceOmnichannel(method, conversationId) {
        const detail = { method, thread: this, channelId: this.id, conversationId };
        this.store.env.bus.trigger("omnichannel:called", detail);
    },
    /** Show what became of the conversation. */
    async refreshOmnichannel() {
        await this.store.fetchChannel(this.id);
        if (this.isDisplayed) {
            // who just became a member has seen what is on the screen
            this.markAsRead();
        }
    },
};
patch(Thread.prototype, threadPatch);
