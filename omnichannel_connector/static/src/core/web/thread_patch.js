import { Thread } from "@mail/core/common/thread";

import { useEffect, useExternalListener } from "@odoo/owl";

import { patch } from "@web/core/utils/patch";

/** Who looks at a customer's thread has seen what is in it, wherever it is shown. */
patch(Thread.prototype, {
    setup() {
        super.setup(...arguments);
        useEffect(
            () => this.markOmnichannelSeen(),
            () => {
                const { id, isLoaded, newestPersistentOfAllMessage, omnichannel } =
                    this.props.thread;
                return [id, isLoaded, newestPersistentOfAllMessage?.id, omnichannel?.unread_count];
            }
        );
        useExternalListener(window, "focus", () => this.markOmnichannelSeen());
    },
    markOmnichannelSeen() {
        if (this.props.thread.channel_type === "omnichannel" && document.hasFocus()) {
            this.props.thread.markOmnichannelSeen();
        }
    },
});
