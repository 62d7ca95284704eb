import { Message } from "@mail/core/common/message";
import { channelIcon } from "@omnichannel_connector/core/common/channel_icons";

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

/** How sure it is that an address is this customer's. */
const TRUST_ICONS = {
    claimed: "fa-question-circle-o",
    observed: "fa-user-o",
    attested: "fa-id-card-o",
    confirmed: "fa-shield",
};

/** @type {import("@mail/core/common/message").Message} */
const messagePatch = {
    get attClass() {
        return {
            ...super.attClass,
            "o-omnichannel-note": this.message.isOmnichannelNote,
            "o-omnichannel-ours": this.isOmnichannelOurs,
        };
    },
    /** Ours stand on the right, whoever of us wrote them. */
    get isAlignedRight() {
        return this.isOmnichannelOurs || super.isAlignedRight;
    },
    get isOmnichannelOurs() {
        return Boolean(
            this.message.isOmnichannelOutbound &&
            this.props.thread?.channel_type === "omnichannel" &&
            !this.env.messageCard
        );
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
        return TRUST_ICONS[this.message.omnichannel.trust] ?? "fa-user-o";
    },
    get omnichannelTrustText() {
        const { trustLabel } = this.message.omnichannel;
        return trustLabel && _t("Identity: %(trust)s", { trust: trustLabel });
    },
};
patch(Message.prototype, messagePatch);
