import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

import { reactive } from "@odoo/owl";

const { DateTime } = luxon;

/** How often colleagues hear that somebody still looks at a thread, or still writes, in ms. */
export const VIEWING_INTERVAL = 30000;
export const TYPING_INTERVAL = 5000;
/** After how long without news of it that is over: one message may get lost. */
export const VIEWING_EXPIRY = 70000;
export const TYPING_EXPIRY = 12000;

/**
 * @typedef {Object} Colleague
 * @property {number} partnerId
 * @property {string} name
 * @property {string} tab
 * @property {"viewing"|"typing"} activity
 * @property {string} way "note" or the code of a channel, while they write
 * @property {string} wayLabel
 * @property {number} seenAt when we heard of them last
 * @property {number} typedAt when we heard that they write
 */

const now = () => DateTime.now().toMillis();

/** Who else has a customer's thread open, and who writes there. Nothing of it is ever stored. */
export class Presence {
    constructor(env, { bus_service: bus, orm }) {
        this.bus = bus;
        this.orm = orm;
        this.tab = Math.random().toString(36).slice(2, 12);
        /** @type {Map<number, { count: number, timer: number, typing: Object }>} */
        this.watched = new Map();
        this.state = reactive({ /** @type {Object<number, Colleague[]>} */ colleagues: {} });
        bus.subscribe("omnichannel/presence", (payload) => this.onNews(payload));
        document.addEventListener("visibilitychange", () => this.onVisibilityChange());
        browser.addEventListener("pagehide", () => this.onPageHide());
    }

    /** @param {number} channelId @returns {Colleague[]} */
    of(channelId) {
        return this.state.colleagues[channelId] ?? [];
    }

    // === OURS === //

    /**
     * Say that the user looks at a thread, until the returned function is called.
     *
     * @param {number} channelId
     * @returns {() => void}
     */
    watch(channelId) {
        const watching = this.watched.get(channelId) ?? { count: 0, typing: {} };
        this.watched.set(channelId, watching);
        if (++watching.count === 1) {
            watching.timer = browser.setInterval(() => this.tick(channelId), VIEWING_INTERVAL);
            this.sendViewing(channelId, true);
        }
        return () => {
            if (--watching.count === 0) {
                browser.clearInterval(watching.timer);
                this.watched.delete(channelId);
                delete this.state.colleagues[channelId];
                this.send(channelId, "left");
            }
        };
    }

    /** @param {string} way "note" or the code of a channel */
    noteTyping(channelId, way) {
        const typing = this.watched.get(channelId)?.typing;
        if (!typing || (typing.way === way && now() - typing.at < TYPING_INTERVAL)) {
            return;
        }
        Object.assign(typing, { way, at: now() });
        this.send(channelId, "typing", { way });
    }

    noteTypingStopped(channelId) {
        const watching = this.watched.get(channelId);
        if (watching?.typing.at) {
            watching.typing = {};
            this.sendViewing(channelId);
        }
    }

    get isVisible() {
        return document.visibilityState !== "hidden";
    }

    onVisibilityChange() {
        for (const channelId of this.watched.keys()) {
            if (this.isVisible) {
                this.sendViewing(channelId, true);
            } else {
                this.send(channelId, "left");
            }
        }
    }

    /** A page that goes away can't wait for answers. */
    onPageHide() {
        for (const channelId of this.watched.keys()) {
            const call = {
                model: "discuss.channel",
                method: "notify_omnichannel_presence",
                args: [[channelId], "left"],
                kwargs: { tab: this.tab },
            };
            const body = JSON.stringify({ jsonrpc: "2.0", method: "call", params: call });
            browser.navigator.sendBeacon(
                `/web/dataset/call_kw/${call.model}/${call.method}`,
                new Blob([body], { type: "application/json" })
            );
        }
    }

    tick(channelId) {
        this.forgetSilent();
        const { typing } = this.watched.get(channelId);
        if (!typing.at || now() - typing.at > TYPING_EXPIRY) {
            this.sendViewing(channelId);
        }
    }

    sendViewing(channelId, is_new = false) {
        if (this.isVisible) {
            this.send(channelId, "viewing", { is_new });
        }
    }

    send(channelId, activity, more = {}) {
        this.orm.silent
            .call("discuss.channel", "notify_omnichannel_presence", [[channelId], activity], {
                tab: this.tab,
                ...more,
            })
            .catch(() => {}); // it is a courtesy: nothing depends on it
    }

    // === THEIRS === //

    onNews({ channel_id, partner_id, name, tab, activity, way, way_label, is_new }) {
        if (partner_id === user.partnerId || !this.watched.has(channel_id)) {
            return;
        }
        const others = this.of(channel_id).filter(
            (colleague) => colleague.partnerId !== partner_id || colleague.tab !== tab
        );
        if (activity !== "left") {
            const typedAt = activity === "typing" ? now() : 0;
            others.push({
                partnerId: partner_id,
                name,
                tab,
                activity,
                way,
                wayLabel: way_label,
                seenAt: now(),
                typedAt,
            });
            for (const expiry of typedAt ? [TYPING_EXPIRY, VIEWING_EXPIRY] : [VIEWING_EXPIRY]) {
                browser.setTimeout(() => this.forgetSilent(), expiry + 100);
            }
        }
        this.state.colleagues[channel_id] = others;
        if (is_new) {
            this.sendViewing(channel_id);
        }
    }

    /** Forget who said nothing for a while, and that somebody writes who stopped. */
    forgetSilent() {
        for (const [channelId, colleagues] of Object.entries(this.state.colleagues)) {
            const present = colleagues.filter(({ seenAt }) => now() - seenAt < VIEWING_EXPIRY);
            const hasStopped = ({ activity, typedAt }) =>
                activity === "typing" && now() - typedAt >= TYPING_EXPIRY;
            if (present.length < colleagues.length || present.some(hasStopped)) {
                this.state.colleagues[channelId] = present.map((colleague) =>
                    hasStopped(colleague) ? { ...colleague, activity: "viewing" } : colleague
                );
            }
        }
    }
}

export const presenceService = {
    dependencies: ["bus_service", "orm"],
    start: (env, services) => new Presence(env, services),
};

registry.category("services").add("omnichannel.presence", presenceService);
