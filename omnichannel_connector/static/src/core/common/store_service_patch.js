import { Store } from "@mail/core/common/store_service";
import { NOTE } from "@omnichannel_connector/core/common/composer_model_patch";

import { _t } from "@web/core/l10n/translation";
import { RPCError } from "@web/core/network/rpc";
import { patch } from "@web/core/utils/patch";

/** @type {import("models").Store} */
const storePatch = {
    /** Without a key it is a note: nothing but the composer's choice lets a message out. */
    async getMessagePostParams({ postData, thread }) {
        const params = await super.getMessagePostParams(...arguments);
        if (thread.channel_type === "omnichannel") {
            const key = postData.omnichannelKey;
            if (key && key !== NOTE) {
                Object.assign(params.post_data, {
                    omnichannel_key: key,
                    omnichannel_seen_ids: postData.omnichannelSeenIds ?? [],
                    omnichannel_is_held: true,
                    omnichannel_subject: postData.omnichannelSubject ?? "",
                    omnichannel_also_to: [...(postData.omnichannelAlsoTo ?? [])],
                });
            } else {
                params.post_data.subtype_xmlid = "mail.mt_note";
            }
        }
        return params;
    },
    async doMessagePost(params, tmpMessage) {
        if (tmpMessage?.thread?.channel_type !== "omnichannel") {
            return super.doMessagePost(...arguments);
        }
        this.dressOmnichannelMessage(params.post_data, tmpMessage);
        try {
            return await super.doMessagePost(params);
        } catch (error) {
            this.onOmnichannelRefusal(error, params, tmpMessage);
        }
    },
    /** Show a message that is on its way to the server as what it is going to be. */
    dressOmnichannelMessage(post_data, message) {
        const { omnichannel_key: key, omnichannel_also_to: also_to = [] } = post_data;
        const choice = message.thread.omnichannelChoices.find((choice) => choice.key === key);
        if (!key) {
            message.subtype_id = this.mt_note;
        } else if (choice) {
            message.omnichannel = {
                channel: choice.channel,
                channelLabel: choice.label,
                direction: "outbound",
                origin: "agent",
                address: choice.address,
                trust: "",
                trustLabel: "",
                state: "queued",
                stateLabel: _t("Waiting to be sent"),
                error: "",
                commentId: choice.commentId,
                alsoTo: also_to.join(", "),
            };
        }
    },
    /** Say why the server did not take a message, and give the text back. */
    onOmnichannelRefusal(error, params, message) {
        const { thread } = message;
        const { post_data } = params;
        const isRefusal = error instanceof RPCError;
        const unseenIds = isRefusal && error.data?.context?.omnichannel_unseen_ids;
        if (unseenIds) {
            this.showOmnichannelUnseen(thread, error.data.message, unseenIds);
        } else {
            this.env.services.notification.add(
                (isRefusal && error.data?.message) ||
                    _t("The connection failed. Check in the thread whether it arrived."),
                { title: _t("Not sent"), type: "danger", sticky: true }
            );
        }
        if (isRefusal && thread.composer.isOmnichannelEmpty) {
            thread.composer.takeBackOmnichannel({
                body: message.body,
                attachments: message.attachment_ids,
                key: post_data.omnichannel_key,
                parent: message.parent_id,
                subject: post_data.omnichannel_subject,
                alsoTo: post_data.omnichannel_also_to,
            });
            message.delete();
        } else {
            message.postFailRedo = () => {
                message.postFailRedo = undefined;
                if (unseenIds) {
                    post_data.omnichannel_seen_ids = thread.composer.omnichannelSeenIds;
                }
                this.doMessagePost(params, message);
            };
        }
        thread.fetchOmnichannelChoices();
    },
    /** Show what was written meanwhile: usually it is there already, or on its way. */
    async showOmnichannelUnseen(thread, text, unseenIds) {
        thread.composer.omnichannelUnseenText = text;
        const shownIds = new Set(thread.messages.map(({ id }) => id));
        if (unseenIds.some((id) => !shownIds.has(id))) {
            await thread.loadAround();
        }
        thread.scrollTop = "bottom";
    },
};
patch(Store.prototype, storePatch);
