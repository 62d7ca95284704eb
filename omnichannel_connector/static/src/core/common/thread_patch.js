import { Thread } from "@mail/core/common/thread";

import { patch } from "@web/core/utils/patch";

/** @type {import("@mail/core/common/thread").Thread} */
const threadPatch = {
    /** The header says by which channel and how a message went: it is shared by equals only. */
    isSquashed(msg, prevMsg) {
        if (
            this.props.thread.channel_type === "omnichannel" &&
            prevMsg &&
            (msg.isNote !== prevMsg.isNote ||
                msg.omnichannelHeaderKey !== prevMsg.omnichannelHeaderKey)
        ) {
            return false;
        }
        return super.isSquashed(...arguments);
    },
};
patch(Thread.prototype, threadPatch);
