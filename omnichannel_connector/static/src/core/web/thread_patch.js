import { Thread } from "@mail/core/common/thread";

import { toRaw, useEffect, useExternalListener } from "@odoo/owl";

import { useBus } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";

/** Who looks at a customer's thread has seen what is in it, wherever it is shown. */
patch(Thread.prototype, {
    setup() {
        super.setup(...arguments);
        useEffect(
            () => this.markOmnichannelSeen(),
            () => {
                const { id, isLoaded, newestPersistentOfAllMessage } = this.props.thread;
                return [id, isLoaded, newestPersistentOfAllMessage?.id];
            }
        );
        useBus(this.env.bus, "omnichannel:unread", () => this.markOmnichannelSeen());
        useExternalListener(window, "focus", () => this.markOmnichannelSeen());
    },
    markOmnichannelSeen() {
        // raw: a counter that this reads would have the whole thread drawn anew
        const thread = toRaw(this.props.thread);
        if (thread.channel_type === "omnichannel" && document.hasFocus()) {
            thread.markOmnichannelSeen();
        }
    },
});
