import { Composer } from "@mail/core/common/composer_model";

import { markup } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { humanSize } from "@web/core/utils/binary";
import { isHtmlEmpty } from "@web/core/utils/html";
import { patch } from "@web/core/utils/patch";

/** Stands among the keys of choices for what never leaves. */
export const NOTE = "note";

/** What nobody should ever send: a placeholder that was not filled in. */
const PLACEHOLDER = /{{\s*object\.[^}]*}}/;

/** How many of the messages on the screen the server is told about. */
const SEEN_COUNT = 30;

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
        /** Who wrote what was not on the screen when we answered; empty when nobody did. */
        this.omnichannelUnseenText = "";
        /** @type {string|undefined} of an e-mail, when it is not the usual one */
        this.omnichannelSubject = undefined;
        /** @type {boolean|undefined} whether the others on an e-mail get the answer, when it was said */
        this.isOmnichannelToAll = undefined;
    },
    clear() {
        super.clear(...arguments);
        this.omnichannelSubject = undefined;
        this.isOmnichannelToAll = undefined;
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
        return (
            this.omnichannelChoice.reason ||
            this.omnichannelFileObstacle ||
            this.omnichannelPlaceholderObstacle
        );
    },
    /** Which file the channel does not take, and why; empty when it takes all. */
    get omnichannelFileObstacle() {
        const { label: channel, media } = this.omnichannelChoice;
        const limits = media ?? {};
        if (!Object.keys(limits).length) {
            return "";
        }
        for (const { file_size, mimetype: type = "", name, uploading } of this.attachments) {
            const most = limits[type] ?? limits[type.split("/")[0]];
            if (uploading) {
                continue;
            }
            if (most === undefined) {
                return _t("%(channel)s does not take files like %(name)s (%(type)s): remove it.", {
                    channel,
                    name,
                    type,
                });
            }
            if (file_size > most) {
                return _t("%(name)s is too big: %(channel)s takes %(limit)s at most. Remove it.", {
                    channel,
                    name,
                    limit: humanSize(most),
                });
            }
        }
        return "";
    },
    get omnichannelPlaceholderObstacle() {
        const [placeholder] = this.composerText.match(PLACEHOLDER) ?? [];
        return placeholder ? _t("Not filled in: %(placeholder)s", { placeholder }) : "";
    },
    /** Whether the customer sees which of their messages is answered. */
    get isOmnichannelQuoteShown() {
        const choice = this.omnichannelChoice;
        return Boolean(choice?.canReply && this.replyToMessage?.omnichannel?.key === choice.key);
    },
    /** The newest messages on the screen, notes included: the server refuses to answer past others. */
    get omnichannelSeenIds() {
        return this.omnichannelThread.messages
            .map(({ id }) => id)
            .filter(Number.isInteger)
            .sort((a, b) => a - b)
            .slice(-SEEN_COUNT);
    },
    /** The subject of what is written, where the channel has subjects. */
    get omnichannelSubjectToSend() {
        const isMail = this.omnichannelChoice?.channel === "email";
        return isMail ? this.omnichannelSubject?.trim() || this.omnichannelChoice.subject : "";
    },
    /** Who else gets what is written: others on the e-mail that is answered. */
    get omnichannelAlsoTo() {
        const { others = [], isToAll } = this.omnichannelChoice ?? {};
        return (this.isOmnichannelToAll ?? isToAll) ? others : [];
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
    /**
     * Put what was written back to where it was written, before what is there now.
     *
     * @param {Object} param0
     * @param {string} param0.key the way that it was to go
     */
    takeBackOmnichannel({ body, attachments, key, parent, subject, alsoTo }) {
        const isEmpty = isHtmlEmpty(this.composerHtml);
        this.composerHtml = isEmpty ? body : markup`${body}<br>${this.composerHtml}`;
        this.attachments.push(...attachments);
        this.replyToMessage = parent;
        this.selectOmnichannelKey(key || NOTE);
        this.omnichannelSubject = subject || undefined;
        this.isOmnichannelToAll = Boolean(alsoTo?.length);
        this.autofocus++;
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
