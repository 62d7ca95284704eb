import { fields } from "@mail/core/common/record";
import { Thread } from "@mail/core/common/thread_model";

import { markup } from "@odoo/owl";

import { RPCError } from "@web/core/network/rpc";
import { patch } from "@web/core/utils/patch";

/**
 * @typedef {Object} ScheduledMessage what is to leave later
 * @property {number} id
 * @property {string} author
 * @property {string} channel
 * @property {string} channelLabel
 * @property {string} address
 * @property {string} scheduledAt UTC
 * @property {string} preview
 * @property {number} fileCount
 * @property {"waiting"|"held_back"} state
 * @property {string} reason why it was held back
 */

/** @type {import("models").Thread} */
const threadPatch = {
    setup() {
        super.setup(...arguments);
        /** @type {ScheduledMessage[]} */
        this.omnichannelScheduled = fields.Attr([]);
    },
    async fetchOmnichannelScheduled() {
        let scheduled;
        try {
            scheduled = await this.store.env.services.orm.silent.call(
                "omnichannel.conversation",
                "get_scheduled",
                [[this.omnichannel.id]]
            );
        } catch {
            return; // the list is a help: answering does not depend on it
        }
        if (this.exists()) {
            this.omnichannelScheduled = scheduled;
        }
    },
    /**
     * Have what is written sent later.
     *
     * @param {string} body
     * @param {string} moment UTC
     * @returns {Promise<boolean>} whether it is scheduled; if not, the user has been told why
     */
    scheduleOmnichannel(body, moment) {
        const { composer } = this;
        return this.askOmnichannel(
            "omnichannel.conversation",
            "schedule_message",
            [[this.omnichannel.id], composer.omnichannelKey, body, moment],
            {
                attachment_ids: composer.attachments.map(({ id }) => id),
                attachment_tokens: composer.attachments.map(
                    ({ ownership_token }) => ownership_token
                ),
                parent_id: composer.replyToMessage?.id,
                seen_ids: composer.omnichannelSeenIds,
                subject: composer.omnichannelSubjectToSend,
                also_to: [...composer.omnichannelAlsoTo],
            }
        );
    },
    /** @param {ScheduledMessage} scheduled */
    sendOmnichannelNow(scheduled) {
        return this.askOmnichannel("omnichannel.scheduled", "action_send_now", [[scheduled.id]], {
            seen_ids: this.composer.omnichannelSeenIds,
        });
    },
    /** @param {ScheduledMessage} scheduled */
    discardOmnichannelScheduled(scheduled) {
        return this.askOmnichannel("omnichannel.scheduled", "action_discard", [[scheduled.id]]);
    },
    /** Write on at what was to leave later. */
    async editOmnichannelScheduled(scheduled) {
        const draft = await this.askOmnichannel("omnichannel.scheduled", "action_take_back", [
            [scheduled.id],
        ]);
        if (!draft) {
            return;
        }
        this.store.insert(draft.store_data);
        this.composer.takeBackOmnichannel({
            body: markup(draft.body), // the server has sanitized it
            attachments: draft.attachment_ids.map((id) => this.store["ir.attachment"].get(id)),
            key: draft.key,
            parent: draft.parent_id && this.store["mail.message"].insert(draft.parent_id),
            subject: draft.subject,
            alsoTo: draft.also_to,
        });
    },
    /**
     * Return a prepared text, filled in for this customer.
     *
     * @param {string} model
     * @param {number} id
     * @returns {Promise<{ text: string, subject: string }>}
     */
    renderOmnichannelText(model, id) {
        return this.store.env.services.orm.call(
            "omnichannel.conversation",
            "render_prepared_text",
            [[this.omnichannel.id], model, id]
        );
    },
    /** Call the server; say it in the thread when something was written meanwhile. */
    async askOmnichannel(model, method, args, kwargs = {}) {
        const { orm } = this.store.env.services;
        let answer;
        try {
            answer = await orm.call(model, method, args, kwargs);
        } catch (error) {
            const unseenIds =
                error instanceof RPCError && error.data?.context?.omnichannel_unseen_ids;
            if (!unseenIds) {
                throw error;
            }
            await this.store.showOmnichannelUnseen(this, error.data.message, unseenIds);
            return false;
        }
        return answer;
    },
};
patch(Thread.prototype, threadPatch);
