import { Thread } from "@mail/core/common/thread_model";

import { patch } from "@web/core/utils/patch";

/** @type {import("models").Thread} */
const threadPatch = {
    _computeDiscussAppCategory() {
        if (this.channel_type !== "omnichannel") {
            return super._computeDiscussAppCategory();
        }
        if (this.isOmnichannelMine) {
            return this.store.discuss.omnichannelMine;
        }
        return this.isOmnichannelUnassigned
            ? this.store.discuss.omnichannelUnassigned
            : this.store.discuss.omnichannelOthers;
    },
    _computeDisplayInSidebar() {
        return this.isOmnichannelUnassigned || super._computeDisplayInSidebar();
    },
    /** Who is no member opens a window by hand, or none. */
    get inChathubOnNewMessage() {
        if (this.channel_type === "omnichannel" && !this.self_member_id) {
            return false;
        }
        return super.inChathubOnNewMessage;
    },
    get notifyWhenOutOfFocus() {
        if (this.channel_type === "omnichannel" && !this.self_member_id) {
            return this.eq(this.store.discuss?.thread);
        }
        return super.notifyWhenOutOfFocus;
    },
    get omnichannelLastDatetime() {
        return this.newestPersistentOfAllMessage?.datetime ?? this.lastInterestDt;
    },
    /** By which channel the customer was last in touch, as far as messages are loaded. */
    get omnichannelLastChannel() {
        return this.channel_type === "omnichannel"
            ? this.newestPersistentAllMessages.find((message) => message.omnichannel)?.omnichannel
            : undefined;
    },
    setAsDiscussThread() {
        super.setAsDiscussThread(...arguments);
        if (this.store.env.services.ui.isSmall && this.channel_type === "omnichannel") {
            this.store.discuss.activeTab = "omnichannel";
        }
    },
};
patch(Thread.prototype, threadPatch);
