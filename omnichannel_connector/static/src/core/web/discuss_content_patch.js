import { DiscussContent } from "@mail/core/public_web/discuss_content";

import { isPanelLeftOpen } from "@omnichannel_connector/core/web/panel/panel_state";

import { SIZES } from "@web/core/ui/ui_service";
import { patch } from "@web/core/utils/patch";

patch(DiscussContent.prototype, {
    /** Whoever works with the panel finds it beside every customer's thread, where there is room. */
    actionPanelAutoOpenFn() {
        const panel = this.threadActions.actions.find(({ id }) => id === "omnichannel-panel");
        if (!panel) {
            return super.actionPanelAutoOpenFn();
        }
        if (!panel.isActive && this.ui.size >= SIZES.XL && isPanelLeftOpen()) {
            panel.open();
        }
    },
});
