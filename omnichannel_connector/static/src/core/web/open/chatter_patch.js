import { Chatter } from "@mail/chatter/web_portal/chatter";

import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";

/** @type {import("@mail/chatter/web_portal/chatter").Chatter} */
const chatterPatch = {
    setup() {
        super.setup(...arguments);
        this.omnichannelAction = useService("action");
    },
    async onClickOmnichannelConversation() {
        const { model, id } = this.state.thread;
        const saved = await this.props.saveRecord?.();
        if (saved !== false) {
            this.omnichannelAction.doAction(
                await this.env.services.orm.call("omnichannel.conversation", "open_from", [
                    model,
                    id,
                ])
            );
        }
    },
};
patch(Chatter.prototype, chatterPatch);
