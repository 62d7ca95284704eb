import { DiscussSidebarChannel } from "@mail/discuss/core/public_web/discuss_sidebar_categories";
import { channelIcon } from "@omnichannel_connector/core/common/channel_icons";

import { patch } from "@web/core/utils/patch";

patch(DiscussSidebarChannel.prototype, {
    get omnichannelIcon() {
        const last = this.thread.omnichannelLastChannel;
        return last && { class: channelIcon(last.channel), title: last.channelLabel };
    },
});
