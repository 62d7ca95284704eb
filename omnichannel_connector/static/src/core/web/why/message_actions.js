import { registerMessageAction } from "@mail/core/common/message_actions";
import { WhyDialog } from "@omnichannel_connector/core/web/why/why_dialog";

import { toRaw } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";

registerMessageAction("omnichannel-why", {
    condition: ({ message, thread }) =>
        thread?.channel_type === "omnichannel" && message.persistent && !message.isPending,
    icon: "fa fa-question-circle-o",
    name: _t("Why is this here?"),
    onSelected: ({ message, store }) =>
        store.env.services.dialog.add(WhyDialog, { message: toRaw(message) }),
    sequence: 105,
});
