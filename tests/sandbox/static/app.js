/* The customer's phone. Everything goes through the control API; see ../README.md. */

import { Calls } from "./calls.js";
import { MailPhone } from "./mail.js";
import { Phone } from "./phone.js";
import { Tools } from "./tools.js";

const WAIT = 25;
const LOGGED = 100; // old entries that the drawer shows

export const api = {
    async call(method, path, body) {
        const options = { method };
        if (body instanceof Blob) {
            options.body = body;
            options.headers = { "Content-Type": body.type || "application/octet-stream" };
        } else if (body) {
            options.body = JSON.stringify(body);
            options.headers = { "Content-Type": "application/json" };
        }
        const answer = await fetch(`/control/${path}`, options);
        const data = await answer.json();
        if (!answer.ok) {
            throw new Error(data.error || `HTTP ${answer.status}`);
        }
        return data;
    },
    get: (path) => api.call("GET", path),
    post: (path, body = {}) => api.call("POST", path, body),
    remove: (path) => api.call("DELETE", path),
};

const $ = (selector) => document.querySelector(selector);

class App {
    constructor() {
        this.state = { accounts: [], customers: [], faults: [], held: [] };
        this.customer = null;
        this.wanted = new URLSearchParams(location.search).get("customer");
        this.messages = [];
        this.mails = [];
        this.calls = [];
        this.last = 0;
        this.shown = "instagram";
        this.phones = {
            instagram: new Phone(this, "instagram", $("#phone-instagram")),
            sms: new Phone(this, "sms", $("#phone-sms")),
            mail: new MailPhone(this, $("#phone-mail")),
        };
        this.telephone = new Calls(this, this.phones.sms);
        this.tools = new Tools(this, $("#tools"));
        this.bind();
    }

    bind() {
        $("#customer").addEventListener("change", (ev) => this.choose(ev.target.value));
        $("#customer-new").addEventListener("click", () => this.askPerson(null));
        $("#nobody-new").addEventListener("click", () => this.askPerson(null));
        $("#customer-edit").addEventListener("click", () => this.askPerson(this.customer));
        $("#person form").addEventListener("submit", (ev) => this.savePerson(ev));
        for (const button of document.querySelectorAll("dialog .cancel")) {
            button.addEventListener("click", () => button.closest("dialog").close());
        }
        for (const name of Object.keys(this.phones)) {
            $(`#tab-${name}`).addEventListener("click", () => this.showTab(name));
            $(`#tab-${name}`).addEventListener("keydown", (ev) => this.moveTab(ev));
        }
        document.addEventListener("visibilitychange", () => this.phones.instagram.markRead());
        this.showTab("instagram");
    }

    async run() {
        for (;;) {
            try {
                await this.refresh();
                $("#offline").hidden = true;
                const news = await api.get(`log?after=${this.last}&wait=${WAIT}`);
                this.last = news.last;
                this.tools.addLog(news.entries);
                this.phones.instagram.noticeTyping(news.entries);
            } catch (error) {
                if (!(error instanceof TypeError)) {
                    console.error(error);
                }
                $("#offline").hidden = false;
                this.last = 0;
                await new Promise((resolve) => setTimeout(resolve, 1500));
            }
        }
    }

    async refresh() {
        this.state = await api.get("state");
        if (!this.last || this.last > this.state.last) {
            this.last = Math.max(0, this.state.last - LOGGED); // first time, or started anew
        }
        const before = this.customer?.id;
        this.customer = this.pick();
        if (this.customer) {
            const path = `customers/${encodeURIComponent(this.customer.id)}/messages`;
            const mails = path.replace(/messages$/, "mails");
            const calls = path.replace(/messages$/, "calls");
            const [thread, mailbox, telephone] = await Promise.all(
                [path, mails, calls].map((one) => api.get(one))
            );
            this.messages = thread.messages;
            this.mails = mailbox.mails;
            this.calls = telephone.calls;
        } else {
            this.messages = this.mails = this.calls = [];
        }
        this.render(before !== this.customer?.id);
    }

    pick() {
        const people = this.state.customers;
        const wanted = this.wanted?.replace(/^@/, "");
        return (
            people.find((one) => one.id === wanted) ||
            people.find(
                (one) => wanted && [one.username, one.number, one.igsid, one.email].includes(wanted)
            ) ||
            people.find((one) => one.id === this.customer?.id) ||
            people[0] ||
            null
        );
    }

    async choose(id) {
        this.wanted = id;
        const url = new URL(location.href);
        url.searchParams.set("customer", id);
        history.replaceState(null, "", url);
        await this.refresh();
    }

    /* === PAINTING === */

    render(isOther) {
        const hasAccounts = this.state.accounts.length > 0;
        const isReady = hasAccounts && this.customer !== null;
        $("#empty").hidden = hasAccounts;
        $("#nobody").hidden = !hasAccounts || this.customer !== null;
        $("#phones").hidden = $("#tabs").hidden = !isReady;
        $(".who").hidden = !hasAccounts || !this.state.customers.length;
        $("#example").textContent = example();
        this.renderPeople();
        this.tools.render();
        if (isReady) {
            $("#phone-mail").hidden = $("#tab-mail").hidden = !this.phones.mail.isShown;
            if ($(`#tab-${this.shown}`).hidden) {
                this.showTab("instagram");
            }
            for (const phone of Object.values(this.phones)) {
                phone.render(isOther);
            }
            this.telephone.render();
        }
    }

    renderPeople() {
        const select = $("#customer");
        select.setAttribute("aria-label", "Customer");
        const people = this.state.customers.map((one) => [one.id, personLabel(one)]);
        const signature = JSON.stringify(people);
        if (select.dataset.signature !== signature) {
            select.dataset.signature = signature;
            select.replaceChildren(...people.map(([id, label]) => new Option(label, id)));
        }
        select.value = this.customer?.id ?? "";
    }

    showTab(name) {
        this.shown = name;
        for (const one of Object.keys(this.phones)) {
            const tab = $(`#tab-${one}`);
            const isShown = one === name;
            tab.setAttribute("aria-selected", isShown);
            tab.tabIndex = isShown ? 0 : -1;
            $(`#phone-${one}`).classList.toggle("behind", !isShown);
        }
        this.notice(name, false);
        this.phones[name].arrive();
    }

    moveTab(ev) {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[ev.key];
        if (step) {
            const names = Object.keys(this.phones).filter((name) => !$(`#tab-${name}`).hidden);
            this.showTab(names.at((names.indexOf(this.shown) + step) % names.length));
            $(`#tab-${this.shown}`).focus();
        }
    }

    /** Mark the tab of a phone that got something while the other one was on the screen. */
    notice(name, isNew) {
        $(`#tab-${name} .dot`).hidden = !isNew || this.shown === name;
    }

    /* === PEOPLE === */

    askPerson(person) {
        const dialog = $("#person");
        const form = dialog.querySelector("form");
        form.reset();
        form.dataset.id = person?.id ?? "";
        dialog.querySelector("h2").textContent = person ? "Edit customer" : "New customer";
        for (const name of ["name", "username", "number", "email"]) {
            form.elements[name].value = person?.[name] ?? "";
        }
        dialog.querySelector(".problem").hidden = true;
        dialog.showModal();
        form.elements.name.focus();
    }

    async savePerson(ev) {
        ev.preventDefault();
        const form = ev.target;
        const problem = form.querySelector(".problem");
        const name = form.elements.name.value.trim();
        const username = form.elements.username.value.trim().replace(/^@/, "");
        const number = form.elements.number.value.replace(/\s/g, "");
        const email = form.elements.email.value.trim();
        if (!username && !number && !email) {
            problem.textContent = "Give an Instagram name, a phone number or an e-mail address.";
            problem.hidden = false;
            return;
        }
        const id = form.dataset.id || username || number || email;
        try {
            await api.post("customers", { id, name, username, number, email });
            form.closest("dialog").close();
            await this.choose(id);
        } catch (error) {
            problem.textContent = error.message;
            problem.hidden = false;
        }
    }
}

function personLabel(person) {
    const handle = person.username ? `@${person.username}` : person.number || person.email;
    return person.name ? `${person.name} (${handle || person.id})` : handle || person.id;
}

function example() {
    const account = {
        provider: "instagram",
        id: "17841400000000001",
        username: "studio",
        token: "token",
        app_secret: "secret",
        verify_token: "verify",
        callback_url: "http://localhost:8069/…",
    };
    return `POST ${location.origin}/control/accounts\n${JSON.stringify(account, null, 2)}`;
}

new App().run();
