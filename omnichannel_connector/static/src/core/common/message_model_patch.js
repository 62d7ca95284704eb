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
    /** Whether somebody has to read how it went, or can change it. */
    get hasOmnichannelDeliveryNews() {
        const { canCancel, canResend } = this.omnichannel;
        return (
            this.isOmnichannelOutbound &&
            Boolean(this.isOmnichannelStateAlarming || canCancel || canResend)
        );
    },
    /** What has to be equal for two messages to share one header. */
    get omnichannelHeaderKey() {
        if (!this.omnichannel) {
            return "";
        }
        const { channel, address, trust, direction, origin, state, isComment, isRecovered } =
            this.omnichannel;
        return JSON.stringify([
            channel,
            address,
            this.omnichannel.speaker,
            trust,
            direction,
            origin,
            state,
            Boolean(isComment),
            Boolean(isRecovered),
        ]);
    },
    /** The customer took it back: its content is nobody's business any more. */
    get isOmnichannelRetracted() {
        return Boolean(this.omnichannel?.isRetracted);
    },
    /** Whether somebody answered this public comment in private. The answer is always newer. */
    get isOmnichannelCommentAnswered() {
        return Boolean(
            this.thread?.messages.some(
                ({ omnichannel }) =>
                    omnichannel?.commentId &&
                    omnichannel.commentId === this.omnichannel.id &&
                    !["failed", "canceled"].includes(omnichannel.state)
            )
        );
    },
    /** Whether the text of a call tells more than its entry, which repeats the first line. */
    get hasOmnichannelCallDetails() {
        return Boolean(this.omnichannel?.call && /<br/i.test(this.body?.toString() ?? ""));
    },
    computeIsEmpty() {
        if (this.isOmnichannelRetracted) {
            return true;
        }
        return !this.omnichannel?.call && super.computeIsEmpty();
    },
    get hasOnlyAttachments() {
        return !this.isOmnichannelRetracted && super.hasOnlyAttachments;
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
    /** Whether a reaction reaches the customer: one that stays inside would mislead. */
    get isOmnichannelReactable() {
        const { call, direction, isComment, key } = this.omnichannel;
        return Boolean(
            direction === "inbound" &&
            !call &&
            !isComment &&
            !this.isOmnichannelRetracted &&
            this.thread?.omnichannelReactableKeys.split(" ").includes(key)
        );
    },
    canAddReaction() {
        return (
            (!this.omnichannel || this.isOmnichannelReactable) && super.canAddReaction(...arguments)
        );
    },
    canReplyTo() {
        return !this.isOmnichannelRetracted && !this.isPending && super.canReplyTo(...arguments);
    },
};
patch(Message.prototype, messagePatch);
