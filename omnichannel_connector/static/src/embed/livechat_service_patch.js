import { GUEST_TOKEN_STORAGE_KEY } from "@im_livechat/embed/common/store_service_patch";
import { LivechatService } from "@im_livechat/embed/common/livechat_service";
import { expirableStorage } from "@im_livechat/core/common/expirable_storage";

import { Thread } from "@mail/core/common/thread_model";
import { fields } from "@mail/core/common/record";

import { rpc } from "@web/core/network/rpc";
import { patch } from "@web/core/utils/patch";

/** Where the website that shows the chat says, signed, who its visitor is. */
const TOKEN = "meta[name='omnichannel-visitor']";
/** Milliseconds after which a chat begins with somebody unknown. */
const PATIENCE = 3000;

patch(LivechatService.prototype, {
    setup() {
        super.setup(...arguments);
        this.omnichannelAsked = new Map();
    },

    /** Say who the visitor is before their first message, if the website knows. */
    async _createThread({ persist = false } = {}) {
        const thread = await super._createThread(...arguments);
        if (thread && persist) {
            await Promise.race([
                this.omnichannelIdentify(thread),
                new Promise((resolve) => setTimeout(resolve, PATIENCE)),
            ]);
        }
        return thread;
    },

    /** Say once on this page who sits in front of a chat. */
    omnichannelIdentify(thread) {
        if (!this.omnichannelAsked.has(thread.id)) {
            this.omnichannelAsked.set(thread.id, this._omnichannelIdentify(thread));
        }
        return this.omnichannelAsked.get(thread.id);
    },

    async _omnichannelIdentify(thread) {
        try {
            const answer = await rpc(
                "/omnichannel/livechat/identify",
                {
                    channel_id: thread.id,
                    guest_token: expirableStorage.getItem(GUEST_TOKEN_STORAGE_KEY),
                    token: document.querySelector(TOKEN)?.content ?? "",
                },
                { silent: true }
            );
            if (answer === "other") {
                // the server has ended it
                await this.store.chatHub.initPromise;
                await this.store.ChatWindow.get({ thread })?.close({ force: true });
                thread.delete();
            }
        } catch {
            // who can't be recognised chats as anybody else does
        }
    },
});

patch(Thread.prototype, {
    setup() {
        super.setup();
        // also a chat that was open before this page, or that an operator began
        this.omnichannelIsOpen = fields.Attr(false, {
            compute() {
                return (
                    this.channel_type === "livechat" && !this.isTransient && !this.livechat_end_dt
                );
            },
            onUpdate() {
                if (this.omnichannelIsOpen) {
                    this.store.env.services["im_livechat.livechat"]?.omnichannelIdentify(this);
                }
            },
            eager: true,
        });
    },
});
