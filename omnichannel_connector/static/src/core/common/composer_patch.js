import { Composer } from "@mail/core/common/composer";
import "@mail/discuss/typing/common/composer_patch";
import { ChannelSelector } from "@omnichannel_connector/core/common/channel_selector";
import { UnseenBar } from "@omnichannel_connector/core/common/composer_unseen_bar";

import { toRaw, useEffect } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

const { DateTime } = luxon;

/** Customers are told at most this often that somebody types. Their apps show it a bit longer. */
export const TYPING_INTERVAL = 8000;

/** The longest delay that browsers support. */
const MAX_DELAY = 2 ** 31 - 1;

Object.assign(Composer.components, { ChannelSelector, UnseenBar });

/** @type {import("@mail/core/common/composer").Composer} */
const composerPatch = {
    setup() {
        super.setup(...arguments);
        useEffect(
            () => this.props.composer.resetOmnichannelKey(),
            () => [this.props.composer.omnichannelThread?.localId]
        );
        useEffect(
            (conversationId, isLoaded) => {
                if (conversationId && isLoaded) {
                    this.onOmnichannelNews();
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
        useEffect(
            (until) => this.awaitOmnichannelEnd(until),
            () => [this.props.composer.omnichannelChoice?.until]
        );
    },
    /** Look up the choices: the thread was opened, or somebody wrote. */
    onOmnichannelNews() {
        const composer = toRaw(this.props.composer);
        const thread = composer.omnichannelThread;
        if (thread.newestPersistentOfAllMessage?.omnichannel?.direction === "inbound") {
            composer.followOmnichannelCustomer();
        }
        thread.fetchOmnichannelChoices();
    },
    /** Look again when the chosen window closes. */
    awaitOmnichannelEnd(until) {
        const thread = this.props.composer.omnichannelThread;
        const delay = until && deserializeDateTime(until).diff(DateTime.now()).milliseconds + 1000;
        if (!thread || !delay || delay < 0 || delay > MAX_DELAY) {
            return;
        }
        const timeout = browser.setTimeout(() => thread.fetchOmnichannelChoices(), delay);
        return () => browser.clearTimeout(timeout);
    },
    detectTyping() {
        super.detectTyping(...arguments);
        this.notifyOmnichannelTyping();
    },
    /** Let the customer see that somebody answers, where the channel can show it. Never for a note. */
    notifyOmnichannelTyping() {
        const composer = toRaw(this.props.composer);
        const { omnichannelChoice: choice, omnichannelThread: thread } = composer;
        if (
            !choice?.actions?.includes("typing") ||
            composer.isOmnichannelEmpty ||
            composer.omnichannelObstacle ||
            DateTime.now().toMillis() - (composer.omnichannelTypedAt ?? 0) < TYPING_INTERVAL
        ) {
            return;
        }
        composer.omnichannelTypedAt = DateTime.now().toMillis();
        const args = [[thread.omnichannel.id], choice.key];
        this.env.services.orm.silent
            .call("omnichannel.conversation", "notify_typing", args)
            .catch(() => {}); // it is a courtesy: nothing depends on it
    },
    get placeholder() {
        const composer = this.props.composer;
        // the name stands above a narrow thread, and what is cut off tells nothing
        const isNarrow = this.props.mode === "compact" || this.ui.isSmall;
        if (composer.isOmnichannelNote) {
            return isNarrow
                ? _t("Internal note")
                : _t("Internal note – stays inside, the customer never sees it");
        }
        if (composer.omnichannelChoice) {
            const name = composer.omnichannelThread.displayName;
            const channel = composer.omnichannelChoice.label;
            return isNarrow
                ? _t("Message by %(channel)s…", { channel })
                : _t("Message %(name)s by %(channel)s…", { name, channel });
        }
        return super.placeholder;
    },
    get SEND_TEXT() {
        return this.omnichannelSendText || super.SEND_TEXT;
    },
    /** What the send button does, or nothing where it does what it always does. */
    get omnichannelSendText() {
        const { isOmnichannelNote, omnichannelChoice } = this.props.composer;
        if (isOmnichannelNote) {
            return _t("Save internal note");
        }
        return (
            omnichannelChoice &&
            _t("Send by %(channel)s to %(address)s", {
                channel: omnichannelChoice.label,
                address: omnichannelChoice.address,
            })
        );
    },
    get isSendButtonDisabled() {
        return Boolean(this.props.composer.omnichannelObstacle) || super.isSendButtonDisabled;
    },
    get canProcessMessage() {
        return !this.props.composer.omnichannelObstacle && super.canProcessMessage;
    },
    async _sendMessage(value, postData, extraData) {
        const composer = toRaw(this.props.composer);
        if (composer.omnichannelThread) {
            if (composer.omnichannelObstacle) {
                return;
            }
            composer.omnichannelUnseenText = "";
            postData = {
                ...postData,
                omnichannelKey: composer.omnichannelKey,
                omnichannelSeenIds: composer.omnichannelSeenIds,
                omnichannelSubject: composer.omnichannelSubjectToSend,
                omnichannelAlsoTo: composer.omnichannelAlsoTo,
            };
        }
        return super._sendMessage(value, postData, extraData);
    },
    /** A draft remembers its way: a note must not come back as a message. */
    saveContent() {
        super.saveContent(...arguments);
        const composer = toRaw(this.props.composer);
        const saved = composer.omnichannelThread && browser.localStorage.getItem(composer.localId);
        if (saved) {
            const draft = { ...JSON.parse(saved), omnichannelKey: composer.omnichannelKey };
            browser.localStorage.setItem(composer.localId, JSON.stringify(draft));
        }
    },
    restoreContent() {
        super.restoreContent(...arguments);
        const composer = toRaw(this.props.composer);
        const saved = composer.omnichannelThread && browser.localStorage.getItem(composer.localId);
        const key = saved && JSON.parse(saved).omnichannelKey;
        if (key) {
            composer.omnichannelSelectedKey = key;
            composer.isOmnichannelKeyManual = true;
        }
    },
};
patch(Composer.prototype, composerPatch);
