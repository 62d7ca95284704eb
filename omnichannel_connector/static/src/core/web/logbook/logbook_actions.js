import { registerMessageAction } from "@mail/core/common/message_actions";
import { registerThreadAction } from "@mail/core/common/thread_actions";

import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";

registerThreadAction("omnichannel-log-contact", {
    condition: ({ thread }) =>
        thread?.channel_type === "omnichannel" && Boolean(thread.omnichannel),
    icon: "fa fa-fw fa-phone",
    name: _t("Log a call or visit"),
    open: ({ thread }) => thread.logOmnichannelContact(),
    sequence: 27,
});

registerMessageAction("omnichannel-correct-log", {
    condition: ({ message }) => message.omnichannel?.call?.loggedBy === user.userId,
    icon: "fa fa-pencil",
    name: _t("Correct"),
    onSelected: ({ message }) => message.correctOmnichannelLog(),
    sequence: 60,
});
