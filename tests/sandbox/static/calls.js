/* The customer's telephone: call the business, and see and steer the calls there are. */

import { api } from "./app.js";
import { clock, make } from "./phone.js";

const SHOWN = 2; // newest calls
const OUTCOMES = [
    ["manual", "By hand"],
    ["answered", "Is answered"],
    ["no-answer", "No answer"],
    ["busy", "Is busy"],
    ["hangup", "I hang up"],
];
const STATUS = {
    queued: "… about to ring",
    initiated: "… about to ring",
    ringing: "☎ ringing",
    "in-progress": "☎ on the line",
    completed: "✓ over",
    busy: "✗ busy",
    "no-answer": "✗ not answered",
    failed: "✗ failed",
    canceled: "✗ canceled",
};
/* What can be done in a phase: [action, who does it in an inbound call, in an outbound one]. */
const STEPS = {
    ringing: [
        ["answer", "Business: answer", "Answer"],
        ["timeout", "Business: let it ring", "Let it ring"],
        ["decline", "Business: decline", "Decline"],
        ["hangup", "Hang up", "Business: hang up"],
    ],
    talking: [
        ["hangup", "Hang up", "Business: hang up"],
        ["end", "Business: hang up", "Hang up"],
    ],
    recording: [["hangup", "Hang up after speaking", "Hang up"]],
};

export class Calls {
    constructor(app, phone) {
        this.app = app;
        this.phone = phone;
        this.root = make("section", { class: "calls", "aria-label": "Calls" });
        this.outcome = make("select", { "aria-label": "How the call goes" });
        this.outcome.append(...OUTCOMES.map(([key, label]) => new Option(label, key)));
        this.anonymous = make("input", { type: "checkbox" });
        const label = make("label", { class: "check" }, this.anonymous, " Hide my number");
        const button = make("button", { type: "submit" }, "Call");
        const form = make("form", { class: "row" }, button, this.outcome, label);
        form.addEventListener("submit", (ev) => this.call(ev));
        this.list = make("ul", { class: "list", role: "log", "aria-label": "Calls" });
        this.root.append(form, this.list);
        phone.root.querySelector(".chips").after(this.root);
    }

    async call(ev) {
        ev.preventDefault();
        const outcome = this.outcome.value;
        const body = { account: this.phone.line, anonymous: this.anonymous.checked, sync: false };
        if (outcome === "manual") {
            body.steps = "manual";
        } else {
            Object.assign(body, { outcome, ring: 3 });
        }
        await this.phone.attempt(() => api.post(`${this.phone.path}/calls`, body));
    }

    /** Show the newest calls with the number of the business that the phone shows. */
    render() {
        const accounts = this.app.state.accounts;
        const ours = accounts.find((one) => one.numbers?.includes(this.phone.line));
        const own = ours?.number_urls?.[this.phone.line]?.voice_url;
        const hasPhone = Boolean(this.app.customer?.number);
        this.root.hidden = !hasPhone || !ours || !(own || ours.voice_url);
        const calls = this.app.calls
            .filter((one) => [one.sender, one.recipient].includes(this.phone.line))
            .slice(-SHOWN);
        const look = JSON.stringify(calls);
        if (this.look !== look) {
            this.look = look;
            this.list.replaceChildren(...calls.reverse().map((one) => this.itemOf(one)));
        }
    }

    itemOf(call) {
        const isInbound = call.direction === "inbound";
        const seconds = call.phase === "over" && call.seconds ? `, ${call.seconds} s` : "";
        const voicemail = call.recordings.length ? ", recorded" : "";
        const status = (STATUS[call.status] || call.status) + seconds + voicemail;
        const legs = call.legs.map((leg) => `${leg.recipient} ${STATUS[leg.status] || leg.status}`);
        const who = isInbound ? "You called" : "The business called";
        const text = [`${who} at ${clock(new Date(call.at))}: ${status}`, ...legs].join(" · ");
        const steps = (STEPS[call.phase] || []).map(([action, caller, called]) => {
            const button = make("button", { type: "button" }, isInbound ? caller : called);
            button.addEventListener("click", () =>
                this.phone.attempt(() => api.post(`calls/${call.id}/${action}`, { sync: false }))
            );
            return button;
        });
        return make("li", {}, make("span", {}, text), make("span", { class: "row" }, ...steps));
    }
}
