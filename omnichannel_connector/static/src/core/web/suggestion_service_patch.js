import { SuggestionService } from "@mail/core/common/suggestion_service";

import { patch } from "@web/core/utils/patch";

/** Canned responses and emojis: plain text wherever it goes. */
const CUSTOMER_DELIMITERS = ["::", ":"];

patch(SuggestionService.prototype, {
    /** A customer gets no links to colleagues and channels; commands are none of the thread's. */
    getSupportedDelimiters(thread) {
        const delimiters = super.getSupportedDelimiters(...arguments);
        if (thread?.channel_type !== "omnichannel") {
            return delimiters;
        }
        return thread.composer?.isOmnichannelNote
            ? delimiters.filter(([delimiter]) => delimiter !== "/")
            : delimiters.filter(([delimiter]) => CUSTOMER_DELIMITERS.includes(delimiter));
    },
});
