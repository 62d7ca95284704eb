import { registerThreadAction } from "@mail/core/common/thread_actions";
import { CatchUp } from "@omnichannel_connector/core/web/assistant/catch_up";

import { _t } from "@web/core/l10n/translation";

registerThreadAction("omnichannel-catch-up", {
    actionPanelComponent: CatchUp,
    condition: ({ owner, thread }) =>
        thread?.channel_type === "omnichannel" &&
        Boolean(thread.omnichannel) &&
        !owner.isDiscussSidebarChannelActions &&
        (!owner.props.chatWindow || owner.props.chatWindow.isOpen),
    icon: "fa fa-fw fa-list-ul",
    name: _t("Catch me up"),
    panelOuterClass: "o-omnichannel-PanelContainer bg-inherit",
    sequence: 6,
    toggle: true,
});
