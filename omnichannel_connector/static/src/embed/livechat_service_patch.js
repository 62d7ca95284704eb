import { GUEST_TOKEN_STORAGE_KEY } from "@im_livechat/embed/common/store_service_patch";
import { LivechatService } from "@im_livechat/embed/common/livechat_service";
import { expirableStorage } from "@im_livechat/core/common/expirable_storage";

import { rpc } from "@web/core/network/rpc";
import { patch } from "@web/core/utils/patch";

/** Where the website that shows the chat says, signed, who its visitor is. */
const TOKEN = "meta[name='omnichannel-visitor']";

patch(LivechatService.prototype, {
    /** Say who the visitor is before their first message, if the website knows. */
    async _createThread({ persist = false } = {}) {
        const thread = await super._createThread(...arguments);
        const token = document.querySelector(TOKEN)?.content;
        if (thread && persist && token) {
            try {
                await rpc(
                    "/omnichannel/livechat/identify",
                    {
                        channel_id: thread.id,
                        guest_token: expirableStorage.getItem(GUEST_TOKEN_STORAGE_KEY),
                        token,
                    },
                    { silent: true }
                );
            } catch {
                // who can't be recognised chats as anybody else does
            }
        }
        return thread;
    },
});
