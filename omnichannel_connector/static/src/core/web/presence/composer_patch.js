import { Composer } from "@mail/core/common/composer";
import "@mail/discuss/typing/common/composer_patch";
import { NOTE } from "@omnichannel_connector/core/common/composer_model_patch";
import { Colleagues } from "@omnichannel_connector/core/web/presence/colleagues";

import { toRaw, useEffect } from "@odoo/owl";

import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";

Object.assign(Composer.components, { Colleagues });

/** @type {import("@mail/core/common/composer").Composer} */
const composerPatch = {
    setup() {
        super.setup(...arguments);
        this.omnichannelPresence = useService("omnichannel.presence");
        useEffect(
            (channelId) => (channelId > 0 ? this.omnichannelPresence.watch(channelId) : undefined),
            () => [this.props.composer.omnichannelThread?.id]
        );
    },
    detectTyping() {
        super.detectTyping(...arguments);
        const composer = toRaw(this.props.composer);
        const { isOmnichannelNote, omnichannelChoice, omnichannelThread } = composer;
        if (omnichannelThread && !composer.isOmnichannelEmpty) {
            const way = isOmnichannelNote ? NOTE : omnichannelChoice?.channel;
            this.omnichannelPresence.noteTyping(omnichannelThread.id, way || false);
        }
    },
    /** Odoo's own sign tells members only, and not what is being written: ours stands for it. */
    notifyIsTyping(isTyping = true) {
        const thread = toRaw(this.props.composer).omnichannelThread;
        if (!thread) {
            super.notifyIsTyping(...arguments);
        } else if (!isTyping) {
            this.omnichannelPresence.noteTypingStopped(thread.id);
        }
    },
};
patch(Composer.prototype, composerPatch);
