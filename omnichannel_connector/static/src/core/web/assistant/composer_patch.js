import { Composer } from "@mail/core/common/composer";
import { SuggestedReplies } from "@omnichannel_connector/core/web/assistant/suggested_replies";

import { toRaw, useEffect } from "@odoo/owl";

import { patch } from "@web/core/utils/patch";

Object.assign(Composer.components, { SuggestedReplies });

/** @type {import("@mail/core/common/composer").Composer} */
const composerPatch = {
    setup() {
        super.setup(...arguments);
        useEffect(
            (conversationId, isLoaded) => {
                if (conversationId && isLoaded) {
                    toRaw(this.props.composer).omnichannelThread.fetchOmnichannelReplies();
                }
            },
            () => {
                const thread = this.props.composer.omnichannelThread;
                return [
                    thread?.omnichannel?.id,
                    thread?.isLoaded,
                    thread?.newestPersistentOfAllMessage?.id,
                ];
            }
        );
    },
    /** Only above an empty composer: who writes already needs no suggestion. */
    get showsOmnichannelReplies() {
        const { composer } = this.props;
        return Boolean(
            composer.omnichannelThread?.hasOmnichannelReplies &&
            composer.isOmnichannelEmpty &&
            !composer.isOmnichannelNote
        );
    },
};
patch(Composer.prototype, composerPatch);
