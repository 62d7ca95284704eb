import { onWillUnmount, useExternalListener } from "@odoo/owl";

import { REFETCH_DELAY } from "@omnichannel_connector/core/web/store_service_patch";

import { browser } from "@web/core/browser/browser";
import { useBus, useService } from "@web/core/utils/hooks";

/** Who looks again after this long may have missed something: the tab was asleep. */
export const LONGEST_ABSENCE = 60 * 1000;

/**
 * Keep the inbox up to date: read again what the server says has changed.
 *
 * Many changes make one request; agents get the same news at the same moment, so that chance
 * spreads their requests.
 *
 * @param {import("@omnichannel_connector/core/web/inbox/inbox").Inbox} inbox
 */
export function useInboxNews(inbox) {
    const bus = useService("bus_service");
    const changed = new Set();
    let timeout;
    let lastSeen = Date.now();

    function onNews({ conversation_ids }) {
        conversation_ids.forEach((id) => changed.add(id));
        timeout ??= browser.setTimeout(read, REFETCH_DELAY * (1 + Math.random()));
    }

    function read() {
        timeout = undefined;
        const ids = [...changed];
        changed.clear();
        inbox.update(ids);
    }

    function onVisibility() {
        if (document.visibilityState === "visible" && Date.now() - lastSeen > LONGEST_ABSENCE) {
            inbox.refresh();
        }
        lastSeen = Date.now();
    }

    bus.subscribe("omnichannel/inbox", onNews);
    useBus(bus, "BUS:RECONNECT", () => inbox.refresh());
    useExternalListener(document, "visibilitychange", onVisibility);
    onWillUnmount(() => {
        bus.unsubscribe("omnichannel/inbox", onNews);
        browser.clearTimeout(timeout);
    });
}
