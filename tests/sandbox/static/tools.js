/* The drawer: faults, held webhooks, the clock, the log. */

import { api } from "./app.js";
import { clock, make } from "./phone.js";

const LOGGED = 200;
const API_FAULTS = {
    error_after: "Sent, but the answer is an error 500",
    hang: "Sent, but the answer never comes",
    reset_after: "Sent, but the connection breaks",
    invalid_json: "Sent, but the answer is cut off",
    echo_first: "Webhooks come before the answer",
    delay: "The answer takes 5 seconds",
    slow_body: "The answer trickles in for 5 seconds",
    error_before: "Error 500, nothing sent",
    reset_before: "The connection breaks, nothing sent",
    rate_limit: "Too many requests (429)",
    error: "Refused: token no longer valid",
};
const WEBHOOK_FAULTS = {
    duplicate: "Arrives twice",
    hold: "Is held back until released",
    reorder: "Two arrive in the wrong order",
    drop: "Is lost",
    delay: "Arrives 5 seconds late",
    bad_signature: "Arrives with a wrong signature",
};
const MAIL_FAULTS = {
    reject: "Refused for good (550)",
    temporary: "Refused for now (451)",
    delay: "The answer takes 5 seconds",
};
const PLACES = {
    instagram: "Instagram",
    twilio: "Twilio",
    whatsapp: "WhatsApp",
    email: "E-mail",
    "*": "any provider",
};

function faultsOf(call) {
    if (call === "smtp") {
        return MAIL_FAULTS;
    }
    return call.startsWith("webhook") ? WEBHOOK_FAULTS : API_FAULTS;
}

export class Tools {
    constructor(app, root) {
        this.app = app;
        this.root = root;
        this.log = root.querySelector("#log");
        this.form = root.querySelector("#fault");
        this.setUp();
    }

    setUp() {
        document
            .querySelector("#tools-open")
            .addEventListener("click", () => this.root.showModal());
        this.root.addEventListener("click", (ev) => {
            if (ev.target === this.root && ev.offsetX < 0) {
                this.root.close();
            }
        });
        this.form.elements.where.addEventListener("change", () => this.offerActions());
        this.form.addEventListener("submit", (ev) => this.arm(ev));
        this.offerActions();
        this.root.querySelector("#in-app form").addEventListener("submit", (ev) => this.answer(ev));
        for (const button of this.root.querySelectorAll("#clock button")) {
            const advance = button.dataset.advance;
            const body = advance ? { advance: Number(advance) } : { offset: 0 };
            button.addEventListener("click", () => api.post("clock", body));
        }
        for (const button of this.root.querySelectorAll("#held button")) {
            const order = button.dataset.order;
            button.addEventListener("click", () => api.post("webhooks/release", { order }));
        }
        this.autoRead = this.root.querySelector("#auto-read");
        this.autoRead.checked = localStorage.getItem("auto-read") !== "no";
        this.autoRead.addEventListener("change", () =>
            localStorage.setItem("auto-read", this.autoRead.checked ? "yes" : "no")
        );
    }

    isAutoRead() {
        return this.autoRead.checked;
    }

    offerActions() {
        const call = this.form.elements.where.value.split(" ")[1];
        const faults = Object.entries(faultsOf(call));
        const options = faults.map(([action, label]) => new Option(label, action));
        this.form.elements.action.replaceChildren(...options);
    }

    async arm(ev) {
        ev.preventDefault();
        const { where, action, times } = this.form.elements;
        const [provider, call] = where.value.split(" ");
        const body = { provider, call, action: action.value };
        body.times = times.value === "always" ? "always" : Number(times.value);
        if (["delay", "slow_body"].includes(action.value)) {
            body.seconds = 5;
        } else if (action.value === "error") {
            const isTwilio = provider === "twilio";
            Object.assign(body, { code: isTwilio ? 20003 : 190, status: 401 });
            body.message = isTwilio ? "Authenticate" : "Error validating access token";
        }
        await api.post("faults", body);
    }

    async answer(ev) {
        ev.preventDefault();
        const field = ev.target.elements.text;
        const text = field.value;
        const id = encodeURIComponent(this.app.customer.id);
        field.value = "";
        const account = this.app.phones.instagram.line;
        await api.post(`customers/${id}/app_messages`, { text, account, sync: false });
    }

    /* === PAINTING === */

    render() {
        const { faults, held, now, clock_offset: offset } = this.app.state;
        const count = document.querySelector("#fault-count");
        count.hidden = faults.length + held.length === 0;
        count.textContent = faults.length + held.length;
        count.title = `${faults.length} armed, ${held.length} webhooks held back`;
        this.root
            .querySelector("#faults")
            .replaceChildren(...faults.map((one) => this.faultItem(one)));
        this.root.querySelector("#held").hidden = !held.length;
        this.root.querySelector("#held p").textContent = `${held.length} held back`;
        const hours = offset ? ` (${Math.round(offset / 360) / 10} h ahead)` : "";
        this.root.querySelector("#now").textContent = new Date(now).toLocaleString() + hours;
        const hasInstagram = this.app.state.accounts.some((one) => one.provider === "instagram");
        this.root.querySelector("#in-app").hidden = !hasInstagram || !this.app.customer;
    }

    faultItem(fault) {
        const labels = faultsOf(fault.call);
        const times = fault.remaining === "always" ? "always" : `${fault.remaining}×`;
        const place = `${PLACES[fault.provider] || fault.provider}, ${fault.call.replace("*", "any call")}`;
        const text = `${labels[fault.action] || fault.action} (${place}, ${times})`;
        const remove = make("button", { type: "button", class: "icon" });
        remove.setAttribute("aria-label", `Remove: ${text}`);
        remove.innerHTML = '<svg aria-hidden="true"><use href="#i-close"/></svg>';
        remove.addEventListener("click", () => api.remove(`faults/${fault.id}`));
        return make("li", {}, text, remove);
    }

    addLog(entries) {
        for (const entry of entries) {
            const status = entry.status ?? "";
            const isBad = Number(status) >= 400 || entry.error;
            const words = [clock(new Date(entry.at)), entry.kind, entry.provider, entry.call];
            words.push(
                entry.event,
                entry.direction,
                entry.change,
                entry.subject,
                entry.action,
                status,
                entry.error
            );
            const text = words.filter((word) => word !== undefined && word !== "").join(" ");
            this.log.prepend(make("li", isBad ? { class: "bad" } : {}, text));
        }
        while (this.log.children.length > LOGGED) {
            this.log.lastElementChild.remove();
        }
    }
}
