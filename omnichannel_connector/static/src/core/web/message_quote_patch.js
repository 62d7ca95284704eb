import { Message } from "@mail/core/common/message";
import "@mail/core/web_portal/message_patch";

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

/** @type {import("@mail/core/common/message").Message} */
const messagePatch = {
    /** Say what the buttons do that Odoo puts in place of quoted text, and whether they did it. */
    insertEllipsisbtn(bodyEl) {
        super.insertEllipsisbtn(...arguments);
        const buttons = bodyEl.querySelectorAll?.(".o-mail-ellipsis:not([aria-expanded])");
        for (const button of (this.message.omnichannel && buttons) || []) {
            const tell = () => {
                const isOpen = button.nextElementSibling?.style.display !== "none";
                const text = isOpen ? _t("Hide quoted text") : _t("Show quoted text");
                button.setAttribute("aria-expanded", String(isOpen));
                button.setAttribute("aria-label", text);
                button.title = text;
            };
            button.addEventListener("click", tell);
            tell();
        }
    },
};
patch(Message.prototype, messagePatch);
