import { Composer } from "@mail/core/common/composer_model";

import { _t } from "@web/core/l10n/translation";
import { isHtmlEmpty } from "@web/core/utils/html";
import { patch } from "@web/core/utils/patch";

/** Stands among the keys of choices for what never leaves. */
export const NOTE = "note";

/**
 * Which way the next message goes. The selection follows the customer as long as nothing is
 * written; never does it change under a text that somebody is writing.
 *
 * @type {import("models").Composer}
 */
const composerPatch = {
    setup() {
        super.setup(...arguments);
        /** @type {string|undefined} */
        this.omnichannelSelectedKey = undefined;
        this.isOmnichannelKeyManual = false;
    },
    /** The customer's thread that a new message goes to. */
    get omnichannelThread() {
        const thread = this.message ? undefined : this.targetThread;
        return thread?.channel_type === "omnichannel" ? thread : undefined;
    },
    /** What answers a note is one. */
    get omnichannelKey() {
        const isAboutNote = this.replyToMessage && !this.replyToMessage.omnichannel;
        return isAboutNote ? NOTE : this.omnichannelSelectedKey;
    },
    get isOmnichannelNote() {
        return Boolean(this.omnichannelThread) && this.omnichannelKey === NOTE;
    },
    /** @returns {import("@omnichannel_connector/core/common/thread_model_patch").SendChoice} */
    get omnichannelChoice() {
        return this.omnichannelThread?.omnichannelChoices.find(
            (choice) => choice.key === this.omnichannelKey
        );
    },
    /** Why nothing can be sent the selected way; empty when it can. */
    get omnichannelObstacle() {
        const thread = this.omnichannelThread;
        if (!thread || this.isOmnichannelNote) {
            return "";
        }
        if (thread.omnichannelChoicesState === "loading") {
            return _t("Looking up how this customer can be reached…");
        }
        if (thread.omnichannelChoicesState === "failed") {
            return thread.isOmnichannelSomeoneElses
                ? _t("%(name)s takes care of this customer.", {
                      name: thread.omnichannel.user_name,
                  })
                : _t("It could not be looked up how this customer can be reached.");
        }
        if (!this.omnichannelChoice) {
            return _t("Choose where to send this.");
        }
        if (this.omnichannelChoice.commentId && this.attachments.length) {
            return _t("A private answer to a comment is text only: remove the files.");
        }
        return this.omnichannelChoice.reason;
    },
    /** Whether the customer sees which of their messages is answered. */
    get isOmnichannelQuoteShown() {
        const choice = this.omnichannelChoice;
        return Boolean(choice?.canReply && this.replyToMessage?.omnichannel?.key === choice.key);
    },
    get isOmnichannelEmpty() {
        return isHtmlEmpty(this.composerHtml) && this.attachments.length === 0;
    },
    /** @param {string} key */
    selectOmnichannelKey(key) {
        if (!this.replyToMessage?.omnichannel) {
            this.replyToMessage = undefined;
        }
        this.omnichannelSelectedKey = key;
        this.isOmnichannelKeyManual = true;
    },
    /** Start anew, as the thread was just opened. A draft keeps its way. */
    resetOmnichannelKey() {
        if (!this.omnichannelThread) {
            return;
        }
        this.omnichannelThread.omnichannelChoicesState = "loading";
        if (this.isOmnichannelEmpty) {
            this.omnichannelSelectedKey = undefined;
            this.isOmnichannelKeyManual = false;
        }
    },
    /** The customer wrote: answer where they did, unless the answer is begun or is a note. */
    followOmnichannelCustomer() {
        if (this.isOmnichannelEmpty && this.omnichannelSelectedKey !== NOTE) {
            this.isOmnichannelKeyManual = false;
        }
    },
    /** Select the best open choice, where that takes nothing from the user. */
    preselectOmnichannelKey() {
        const isHeld = this.isOmnichannelKeyManual || !this.isOmnichannelEmpty;
        const thread = this.omnichannelThread;
        if (!thread || (isHeld && this.omnichannelSelectedKey)) {
            return;
        }
        if (thread.omnichannelChoicesState === "ready") {
            const best = thread.omnichannelChoices.find((choice) => !choice.reason);
            this.omnichannelSelectedKey = best?.key ?? NOTE;
        }
    },
};
patch(Composer.prototype, composerPatch);
