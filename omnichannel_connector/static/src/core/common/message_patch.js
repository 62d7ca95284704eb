import { Message } from "@mail/core/common/message";
import { channelIcon } from "@omnichannel_connector/core/common/channel_icons";
import { ConsentProposal } from "@omnichannel_connector/core/common/consent_proposal";
import { describeComment } from "@omnichannel_connector/core/common/comment_context";
import { DeliveryActions } from "@omnichannel_connector/core/common/delivery_actions";
import { MediaPlayer } from "@omnichannel_connector/core/common/media_player";
import { trustIcon } from "@omnichannel_connector/core/common/trust_icons";

import { onMounted, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

/** @param {number} seconds */
function formatDuration(seconds) {
    return luxon.Duration.fromMillis(seconds * 1000).toFormat(seconds < 3600 ? "m:ss" : "h:mm:ss");
}

/** How phone calls look. Their text comes from the server. */
const CALL_ICONS = {
    ringing: "fa-volume-control-phone",
    missed: "fa-phone text-danger",
};

Object.assign(Message.components, { ConsentProposal, DeliveryActions, MediaPlayer });

/** @type {import("@mail/core/common/message").Message} */
const messagePatch = {
    setup() {
        super.setup(...arguments);
        this.omnichannelState = useState({ isCallOpen: false, isFocused: false });
        onMounted(() => this.foldOmnichannelLines());
    },
    get attClass() {
        return {
            ...super.attClass,
            "o-omnichannel-note": this.message.isOmnichannelNote,
            "o-omnichannel-ours": this.isOmnichannelOurs,
        };
    },
    /** Odoo shows the actions of a message to the mouse only: here the keyboard gets them, too. */
    get omnichannelTabIndex() {
        return this.isOmnichannelThread ? 0 : undefined;
    },
    get isOmnichannelThread() {
        return this.props.thread?.channel_type === "omnichannel" && !this.env.messageCard;
    },
    get isActive() {
        return this.omnichannelState.isFocused || super.isActive;
    },
    onOmnichannelFocusIn() {
        this.omnichannelState.isFocused = this.isOmnichannelThread;
    },
    onOmnichannelFocusOut(ev) {
        if (!this.root.el?.contains(ev.relatedTarget)) {
            this.omnichannelState.isFocused = false;
        }
    },
    /** Ours stand on the right, whoever of us wrote them. */
    get isAlignedRight() {
        return this.isOmnichannelOurs || super.isAlignedRight;
    },
    /** E-mails in plain text are one <pre>, in lines as long as their writer's. */
    foldOmnichannelLines() {
        if (this.shadowRoot && this.message.omnichannel) {
            const style = document.createElement("style");
            style.textContent =
                "pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; }" +
                "img { max-width: 100%; height: auto; }";
            this.shadowRoot.appendChild(style);
        }
    },
    get isOmnichannelOurs() {
        return Boolean(this.message.isOmnichannelOutbound && this.isOmnichannelThread);
    },
    get messageTypeText() {
        const { channelLabel, address } = this.message.omnichannel ?? {};
        if (!channelLabel) {
            return super.messageTypeText;
        }
        return this.message.isOmnichannelOutbound
            ? _t("%(channel)s message to %(address)s", { channel: channelLabel, address })
            : _t("%(channel)s message from %(address)s", { channel: channelLabel, address });
    },
    get omnichannelChannelIcon() {
        return channelIcon(this.message.omnichannel.channel);
    },
    get omnichannelTrustIcon() {
        return trustIcon(this.message.omnichannel.trust);
    },
    get omnichannelTrustText() {
        const { trustLabel } = this.message.omnichannel;
        return trustLabel && _t("Identity: %(trust)s", { trust: trustLabel });
    },
    get omnichannelComment() {
        return this.message.omnichannel?.isComment
            ? describeComment(this.message.omnichannel.context)
            : undefined;
    },
    /** What is special about a message, each with the reason why. */
    get omnichannelMarks() {
        const { commentId, context, isAutomatic, isComment, isEdited, isRecovered } =
            this.message.omnichannel;
        const marks = [];
        if (isAutomatic && !this.message.isOmnichannelOutbound) {
            marks.push({
                id: "automatic",
                icon: "fa-cogs",
                text: _t("Automatic reply: nobody is waiting for an answer"),
            });
        }
        if (context?.answer_to) {
            marks.push({
                id: "answer-to",
                icon: "fa-info-circle",
                text: _t("Asks for answers at %(address)s", { address: context.answer_to }),
            });
        }
        if (isComment && this.message.isOmnichannelCommentAnswered) {
            marks.push({ id: "answered", icon: "fa-check", text: _t("Answered in private") });
        } else if (isComment) {
            marks.push({
                id: "answerable",
                icon: "fa-info-circle",
                text: _t("Can be answered in private once"),
            });
        }
        if (commentId) {
            marks.push({
                id: "private-answer",
                icon: "fa-reply",
                text: _t("Private answer to a public comment"),
            });
        }
        if (isRecovered) {
            marks.push({
                id: "recovered",
                icon: "fa-history",
                text: _t("Found later: the provider never announced it"),
            });
        }
        // where the new text came with the edit, Odoo's own mark stands behind it
        if (isEdited && !this.message.edited && !this.message.isOmnichannelRetracted) {
            marks.push({ id: "edited", icon: "fa-pencil", text: _t("Edited") });
        }
        return marks;
    },
    /** What the message seems to ask for, while nobody has decided it. */
    get omnichannelProposals() {
        return this.message.omnichannel.proposals ?? [];
    },
    /** The files that are played where they stand, if any. */
    get omnichannelPlayed() {
        return this.message.isOmnichannelRetracted
            ? []
            : this.message.attachment_ids.filter((file) => file.omnichannelPlayer);
    },
    /** The files that are shown as Odoo shows files. */
    get omnichannelListed() {
        return this.message.attachment_ids.filter((file) => !file.omnichannelPlayer);
    },
    get omnichannelRetractedText() {
        return this.message.isOmnichannelOutbound
            ? _t("This message was taken back")
            : _t("The customer took this message back");
    },
    get omnichannelCall() {
        const call = this.message.omnichannel?.call;
        return (
            call && {
                icon: call.isVisit
                    ? channelIcon("in_person")
                    : (CALL_ICONS[call.state] ?? "fa-phone"),
                label: call.stateLabel || _t("Call"),
                duration: call.seconds ? formatDuration(call.seconds) : "",
                recordingUrl: /^(https?:\/\/|\/)/i.test(call.recordingUrl) ? call.recordingUrl : "",
                moreLabel:
                    this.message.hasOmnichannelCallDetails && !call.isLogged
                        ? call.hasTranscript
                            ? _t("Transcript")
                            : _t("Details")
                        : "",
            }
        );
    },
    /**
     * A call's text repeats what its entry shows, and may be long: it is opened by hand. What a
     * colleague noted about it is read at once.
     */
    get isOmnichannelBodyShown() {
        const call = this.message.omnichannel?.call;
        return (
            !call ||
            call.hasNote ||
            this.omnichannelState.isCallOpen ||
            Boolean(this.props.messageSearch)
        );
    },
    onClickOmnichannelCallMore() {
        this.omnichannelState.isCallOpen = !this.omnichannelState.isCallOpen;
    },
};
patch(Message.prototype, messagePatch);
