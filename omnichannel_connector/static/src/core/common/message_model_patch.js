import { Message } from "@mail/core/common/message_model";
import { fields } from "@mail/core/common/record";

import { patch } from "@web/core/utils/patch";

/** How states of outbound messages look. Their text comes from the server. */
const STATE_ICONS = {
    queued: "fa-clock-o",
    sending: "fa-paper-plane-o",
    sent: "fa-check",
    delivered: "fa-check-circle-o",
    read: "fa-eye",
    unknown: "fa-question-circle text-warning",
    failed: "fa-exclamation-circle text-danger",
    canceled: "fa-ban",
};

/** States that somebody has to look at: they are told in words. */
const ALARMING_STATES = ["unknown", "failed", "canceled"];

/** @type {import("models").Message} */
const messagePatch = {
    setup() {
        super.setup(...arguments);
        /** @type {Object|undefined} facts of a customer-visible message; a note has none */
        this.omnichannel = fields.Attr(undefined);
    },
    get isOmnichannelOutbound() {
        return this.omnichannel?.direction === "outbound";
    },
    get isOmnichannelNote() {
        return Boolean(
            this.isNote && !this.omnichannel && this.thread?.channel_type === "omnichannel"
        );
    },
    get omnichannelStateIcon() {
        return STATE_ICONS[this.omnichannel.state] ?? "fa-question-circle";
    },
    get isOmnichannelStateAlarming() {
        return ALARMING_STATES.includes(this.omnichannel.state);
    },
    /** What has to be equal for two messages to share one header. */
    get omnichannelHeaderKey() {
        if (!this.omnichannel) {
            return "";
        }
        const { channel, address, trust, direction, origin, state, error } = this.omnichannel;
        const shownError = this.isOmnichannelStateAlarming && error;
        return JSON.stringify([channel, address, trust, direction, origin, state, shownError]);
    },
    get bubbleColor() {
        if (this.omnichannel && !this.isHighlightedFromMention) {
            return this.isOmnichannelOutbound ? "green" : "blue";
        }
        return super.bubbleColor;
    },
    /** What the customer has got can't be changed here. */
    get editable() {
        return !this.omnichannel && super.editable;
    },
    /** The customer would not see the reaction. */
    canAddReaction() {
        return !this.omnichannel && super.canAddReaction(...arguments);
    },
    /** The customer would not see what is quoted. Notes can be answered by notes. */
    canReplyTo() {
        return !this.omnichannel && super.canReplyTo(...arguments);
    },
};
patch(Message.prototype, messagePatch);
