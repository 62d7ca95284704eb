import { Thread } from "@mail/core/common/thread";

import { patch } from "@web/core/utils/patch";

/** @type {import("@mail/core/common/thread").Thread} */
const threadPatch = {
    /**
     * The header says when, by which channel and how a message went: it is shared by equals only,
     * and never by one that came late.
     */
    isSquashed(msg, prevMsg) {
        if (
            this.props.thread.channel_type === "omnichannel" &&
            prevMsg &&
            (msg.isNote !== prevMsg.isNote ||
                msg.omnichannelHeaderKey !== prevMsg.omnichannelHeaderKey ||
                msg.omnichannel?.isComment ||
                msg.omnichannel?.isRecovered ||
                msg.datetime < prevMsg.datetime)
        ) {
            return false;
        }
        return super.isSquashed(...arguments);
    },
};
patch(Thread.prototype, threadPatch);
