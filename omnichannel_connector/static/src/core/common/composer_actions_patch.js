import { composerActionsRegistry } from "@mail/core/common/composer_actions";

import { patch } from "@web/core/utils/patch";

patch(composerActionsRegistry.get("send-message"), {
    icon({ composer }) {
        return composer.isOmnichannelNote ? "fa fa-lock" : super.icon;
    },
    name({ owner }) {
        return owner.omnichannelSendText || super.name(...arguments);
    },
});
