import { UseSuggestion } from "@mail/core/common/suggestion_hook";

import { patch } from "@web/core/utils/patch";

/** @type {import("@mail/core/common/suggestion_hook").UseSuggestion} */
const suggestionPatch = {
    /** Fill in the placeholders of a canned response; until then it can't be sent. */
    insert(option) {
        super.insert(...arguments);
        const { omnichannelThread } = this.composer;
        if (omnichannelThread && option.cannedResponse && option.label.includes("{{")) {
            this.fillInOmnichannel(omnichannelThread, option);
        }
    },
    async fillInOmnichannel(thread, { cannedResponse, label }) {
        const { text } = await thread.renderOmnichannelText(
            "mail.canned.response",
            cannedResponse.id
        );
        const { composer } = this;
        composer.composerText = composer.composerText.replace(label, () => text);
    },
};
patch(UseSuggestion.prototype, suggestionPatch);
