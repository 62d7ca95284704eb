import {
    composerActionsRegistry,
    registerComposerAction,
} from "@mail/core/common/composer_actions";
import { PreparedTextDialog } from "@omnichannel_connector/core/web/composer/prepared_text_dialog";
import { SendLaterDialog } from "@omnichannel_connector/core/web/composer/send_later_dialog";

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

registerComposerAction("omnichannel-prepared-text", {
    condition: ({ composer }) => composer.omnichannelThread,
    icon: "fa fa-file-text-o",
    name: _t("Insert a prepared text"),
    onSelected: ({ composer, owner }) =>
        owner.env.services.dialog.add(PreparedTextDialog, {
            thread: composer.omnichannelThread,
            insert: (prepared) => owner.insertOmnichannelText(prepared),
        }),
    sequenceQuick: 15,
});
// prepared texts contain them, filled in for the customer
patch(composerActionsRegistry.get("add-canned-response"), {
    condition({ composer }) {
        return !composer.omnichannelThread && super.condition(...arguments);
    },
});
registerComposerAction("omnichannel-send-later", {
    condition: ({ composer }) => composer.omnichannelThread && !composer.isOmnichannelNote,
    disabledCondition: ({ owner }) => owner.isSendButtonDisabled,
    icon: "fa fa-clock-o",
    name: _t("Send later"),
    onSelected: ({ owner }) =>
        owner.env.services.dialog.add(SendLaterDialog, {
            select: (moment) => owner.sendOmnichannelLater(moment),
        }),
    sequenceQuick: 25,
});
registerComposerAction("omnichannel-full-composer", {
    condition: ({ composer }) => composer.omnichannelChoice?.channel === "email",
    disabledCondition: ({ composer }) => Boolean(composer.omnichannelObstacle),
    icon: "fa fa-expand",
    name: _t("Open Full Composer"),
    onSelected: ({ owner }) => owner.openOmnichannelFullComposer(),
    sequence: 30,
});
