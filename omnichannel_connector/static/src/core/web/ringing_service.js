import { markup } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** Nothing rings longer: when its end was never told, the notice goes by itself. */
export const LONGEST_RINGING = 120 * 1000;

/**
 * Shows who calls while it rings, with the customer's conversation one click away.
 *
 * The server tells ids only, to everybody who may pick up. What is shown is read with the user's
 * own rights: who may not read the conversation is shown nothing.
 */
export class RingingService {
    constructor(env, services) {
        this.env = env;
        this.notification = services.notification;
        this.orm = services.orm;
        this.store = services["mail.store"];
        /** @type {Map<number, {close?: function, isOver: boolean}>} by id of the call */
        this.calls = new Map();
        const bus = services.bus_service;
        bus.subscribe("omnichannel/ringing", ({ call_id }) => this.onRinging(call_id));
        bus.subscribe("omnichannel/ringing_end", ({ call_id }) => this.onEnd(call_id));
    }

    async onRinging(callId) {
        if (this.calls.has(callId)) {
            return;
        }
        const call = { isOver: false };
        this.calls.set(callId, call);
        browser.setTimeout(() => {
            this.onEnd(callId);
            this.calls.delete(callId);
        }, LONGEST_RINGING);
        let facts;
        try {
            facts = await this.orm.silent.call("omnichannel.call", "get_ringing", [callId]);
        } catch {
            return; // none of this user's customers
        }
        // it may have been answered while we asked
        if (facts && !call.isOver) {
            call.close = this.show(facts);
        }
    }

    onEnd(callId) {
        const call = this.calls.get(callId);
        if (call) {
            call.isOver = true;
            call.close?.();
        }
    }

    /** @returns {function} closes the notice */
    show(facts) {
        const close = this.notification.add(this.text(facts), {
            buttons: [
                {
                    icon: "fa-comments",
                    name: _t("Open conversation"),
                    onClick: () => {
                        close();
                        this.open(facts.channel_id);
                    },
                    primary: true,
                },
            ],
            className: "o-omnichannel-Ringing",
            sticky: true,
            title: _t("Incoming call: %(customer)s", { customer: facts.customer }),
            type: "info",
        });
        return close;
    }

    text({ account, customer, last_channel, last_text, number }) {
        const called = _t("Calls %(account)s", { account });
        const lines = [number && number !== customer ? markup`${number} · ${called}` : called];
        if (last_channel) {
            const label = _t("Last wrote by %(channel)s:", { channel: last_channel });
            lines.push(markup`${label} <q>${last_text || "…"}</q>`);
        }
        return lines.reduce((text, line) => markup`${text}<br/>${line}`);
    }

    async open(channelId) {
        const thread = await this.store.Thread.getOrFetch({
            id: channelId,
            model: "discuss.channel",
        });
        thread?.open({ focus: true, bypassCompact: true });
    }
}

registry.category("services").add("omnichannel.ringing", {
    dependencies: ["bus_service", "mail.store", "notification", "orm"],
    start: (env, services) => new RingingService(env, services),
});
