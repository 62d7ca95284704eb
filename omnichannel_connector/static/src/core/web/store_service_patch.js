import { Store } from "@mail/core/common/store_service";
import { fields } from "@mail/core/common/record";

import { browser } from "@web/core/browser/browser";
import { patch } from "@web/core/utils/patch";

/** The list is read again at most this often, however much changes. */
export const REFETCH_DELAY = 1000;
/** Agents get the same news at the same moment: up to this long spreads their requests. */
const REFETCH_SPREAD = 200;

/** @type {import("models").Store} */
const storePatch = {
    setup() {
        super.setup(...arguments);
        /** The newest threads of customers whom nobody has taken, as the server listed them. */
        this.omnichannel_unassigned = fields.Many("Thread", {
            inverse: "storeAsOmnichannelUnassigned",
        });
        this.omnichannelRefetchTimeout = undefined;
        /** Whether the inbox is shown: it reads by itself, and has no use for the sidebar's list. */
        this.isOmnichannelInboxOpen = false;
        /** @type {Set<number>} conversations that changed since the list was read */
        this.omnichannelChangedIds = new Set();
    },
    onStarted() {
        super.onStarted(...arguments);
        this.env.services.bus_service.subscribe("omnichannel/inbox", (payload) =>
            this.onOmnichannelInbox(payload)
        );
        this.env.services.bus_service.subscribe("omnichannel/moved", ({ channel_id }) =>
            this.onOmnichannelMoved(channel_id)
        );
        this.env.services.bus_service.subscribe("omnichannel/sight", ({ channel_id }) =>
            this.Thread.get({ id: channel_id, model: "discuss.channel" })?.checkOmnichannelSight()
        );
        this.env.services.bus_service.subscribe("omnichannel/rights", () =>
            this.onOmnichannelRights()
        );
        if (this.discuss.isActive) {
            this.fetchOmnichannelUnassigned();
        }
    },
    /** Messages came into a thread or went to another one: read again what of it is shown. */
    async onOmnichannelMoved(channelId) {
        const thread = this.Thread.get({ id: channelId, model: "discuss.channel" });
        if (!thread?.isLoaded) {
            return;
        }
        const known = [...thread.messages];
        await thread.loadAround();
        for (const message of known) {
            if (message.thread?.eq(thread) && message.notIn(thread.messages)) {
                message.thread = undefined; // it is another thread's now, or will be read again
            }
        }
    },
    /** Somebody put this user into a team or took them out: listen to other news from now on. */
    onOmnichannelRights() {
        this.env.services.bus_service.forceUpdateChannels();
        if (this.discuss.isActive) {
            this.fetchOmnichannelUnassigned();
        }
        for (const thread of Object.values(this.Thread.records)) {
            if (thread.omnichannel && thread.isLoaded) {
                thread.checkOmnichannelSight();
            }
        }
    },
    /** Read who is unassigned, with what is new about them. */
    async fetchOmnichannelUnassigned() {
        const changed = [...this.omnichannelChangedIds];
        this.omnichannelChangedIds.clear();
        return this.fetchStoreData("/omnichannel/unassigned", {
            known_channel_ids: this.omnichannel_unassigned.map((thread) => thread.id),
            changed_conversation_ids: changed,
        });
    },
    /** Conversations changed for somebody: show it if anybody looks, or when somebody does. */
    onOmnichannelInbox({ conversation_ids }) {
        conversation_ids.forEach((id) => this.omnichannelChangedIds.add(id));
        this.refetchOmnichannelUnassigned();
    },
    /** Read soon what changed, and then no sooner than after a pause: many changes, one request. */
    refetchOmnichannelUnassigned() {
        const isShown = this.discuss.isActive && !this.isOmnichannelInboxOpen;
        if (this.omnichannelRefetchTimeout || !isShown) {
            return;
        }
        const goOn = () => {
            this.omnichannelRefetchTimeout = undefined;
            if (this.omnichannelChangedIds.size) {
                this.refetchOmnichannelUnassigned();
            }
        };
        const refetch = () => {
            this.omnichannelRefetchTimeout = browser.setTimeout(goOn, REFETCH_DELAY);
            this.fetchOmnichannelUnassigned();
        };
        const delay = REFETCH_SPREAD * Math.random();
        this.omnichannelRefetchTimeout = browser.setTimeout(refetch, delay);
    },
    tabToThreadType(tab) {
        const threadTypes = super.tabToThreadType(...arguments);
        if (tab === "chat" && !this.env.services.ui.isSmall) {
            threadTypes.push("omnichannel");
        }
        return threadTypes;
    },
};
patch(Store.prototype, storePatch);
