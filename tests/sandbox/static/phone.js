/* One phone: its thread with the business, the composer, what one can do to a message. */

import { api } from "./app.js";
import { bubbleOf, metaOf } from "./message.js";

const PAUSE = 10 * 60 * 1000; // a longer one gets a time above the next message
const TYPING = 8000;
const REACTIONS = [
    ["love", "❤️"],
    ["laugh", "😆"],
    ["wow", "😮"],
    ["sad", "😢"],
    ["like", "👍"],
];

export class Phone {
    constructor(app, name, root) {
        this.app = app;
        this.name = name;
        this.root = root;
        this.provider = name === "sms" ? "twilio" : "instagram";
        this.line = null; // the account or number of the business
        this.items = new Map();
        root.append(document.querySelector("#phone-template").content.cloneNode(true));
        this.list = root.querySelector("ol");
        this.thread = root.querySelector(".thread");
        this.field = root.querySelector(".composer textarea");
        this.isInstagram = name === "instagram";
        this.setUp();
    }

    setUp() {
        const find = (selector) => this.root.querySelector(selector);
        find(".app").textContent = this.isInstagram ? "Instagram" : "Messages";
        find(".heart").hidden = !this.isInstagram;
        this.field.placeholder = this.isInstagram ? "Message…" : "Text message";
        this.field.setAttribute("aria-label", `${find(".app").textContent}: write as the customer`);
        find(".line").setAttribute("aria-label", this.isInstagram ? "Account" : "Number");
        find(".line").addEventListener("change", (ev) => {
            this.line = ev.target.value;
            this.render(true);
        });
        find(".heart").addEventListener("click", () =>
            this.send({ attachments: [{ type: "like_heart" }] })
        );
        find("input[type=file]").addEventListener("change", (ev) => this.sendPhoto(ev.target));
        find(".composer").addEventListener("submit", (ev) => {
            ev.preventDefault();
            this.sendText(this.field.value);
        });
        this.field.addEventListener("keydown", (ev) => {
            if (ev.key === "Enter" && !ev.shiftKey && !ev.isComposing) {
                ev.preventDefault();
                this.sendText(this.field.value);
            }
        });
        if (!this.isInstagram) {
            for (const word of ["STOP", "START", "HELP"]) {
                const chip = make("button", { type: "button" }, word);
                chip.addEventListener("click", () => this.sendText(word));
                find(".chips").append(chip);
            }
        }
    }

    /* === SENDING === */

    get path() {
        return `customers/${encodeURIComponent(this.app.customer.id)}`;
    }

    async send(spec) {
        const body = { ...spec, provider: this.provider, account: this.line, sync: false };
        if (!this.isInstagram) {
            body.number = this.line;
        }
        await this.attempt(() => api.post(`${this.path}/messages`, body));
    }

    async sendText(text) {
        if (text.trim()) {
            this.field.value = "";
            await this.send({ text: text.trim() });
        }
    }

    async sendPhoto(input) {
        const [file] = input.files;
        if (file) {
            const { url } = await api.post(`media?name=${encodeURIComponent(file.name)}`, file);
            input.value = "";
            const type = this.isInstagram ? "image" : file.type;
            await this.send({ attachments: [{ type, url }] });
        }
    }

    async act(action, message, more = {}) {
        const body = { action, message: message.id, account: this.line, sync: false, ...more };
        await this.attempt(() => api.post(`${this.path}/actions`, body));
    }

    async attempt(call) {
        try {
            await call();
        } catch (error) {
            this.showProblem(error.message);
        }
    }

    showProblem(text) {
        this.list.append(make("li", { class: "meta" }, make("span", { class: "bad" }, text)));
        this.scroll();
    }

    /** Tell the business that its messages were seen, when they are on the screen. */
    async markRead() {
        const latest = this.visible().findLast((one) => one.direction === "outbound");
        const isSeen = !document.hidden && this.root.offsetParent !== null;
        if (this.isInstagram && latest && latest.status !== "read" && isSeen) {
            if (this.app.tools.isAutoRead()) {
                await this.act("read", latest);
            }
        }
    }

    noticeTyping(entries) {
        const mine = entries.filter((one) => one.customer === this.app.customer?.id);
        const sign = mine.findLast((one) => one.kind === "sender_action" || one.kind === "message");
        if (!sign) {
            return;
        }
        const typing = this.root.querySelector(".typing");
        typing.hidden = sign.action !== "typing_on";
        clearTimeout(this.typingTimer);
        this.typingTimer = setTimeout(() => (typing.hidden = true), TYPING);
        this.scroll();
    }

    /* === PAINTING === */

    lines() {
        const accounts = this.app.state.accounts.filter((one) => one.provider === this.provider);
        if (this.isInstagram) {
            return accounts.map((one) => [one.id, one.name || one.username, `@${one.username}`]);
        }
        return accounts.flatMap((one) =>
            one.numbers.map((number) => [number, one.name || number, one.name ? number : "SMS"])
        );
    }

    visible() {
        return this.app.messages.filter(
            (one) =>
                one.provider === this.provider &&
                [one.account, one.sender, one.recipient].includes(this.line)
        );
    }

    render(isOther) {
        const lines = this.lines();
        const chosen = lines.find(([id]) => id === this.line) || lines[0];
        this.line = chosen?.[0] ?? null;
        this.renderPeer(chosen, lines);
        const problem = this.problem(chosen);
        this.root.querySelector(".missing").hidden = !problem;
        this.root.querySelector(".missing p").textContent = problem;
        for (const part of [".thread", ".composer", ".chips"]) {
            this.root.querySelector(part).hidden = Boolean(problem);
        }
        if (!problem) {
            this.renderThread(isOther);
        }
        const now = new Date(Date.now() + this.app.state.clock_offset * 1000);
        this.root.querySelector(".clock").textContent = clock(now);
    }

    problem(chosen) {
        const name = this.isInstagram ? "Instagram" : "Twilio";
        if (!chosen) {
            return `No ${name} account is connected.`;
        }
        if (!this.isInstagram && !this.app.customer.number) {
            return "This customer has no phone number. Edit the customer to add one.";
        }
        return "";
    }

    renderPeer(chosen, lines) {
        const find = (selector) => this.root.querySelector(selector);
        find(".peer").hidden = !chosen;
        if (!chosen) {
            return;
        }
        const [id, name, detail] = chosen;
        const image = `/avatar/${encodeURIComponent(id)}.png`;
        if (find(".avatar img").getAttribute("src") !== image) {
            find(".avatar img").src = image;
        }
        find(".avatar span").textContent = name.replace(/^[+@]/, "").slice(0, 1).toUpperCase();
        find(".peer strong").textContent = name;
        find(".peer small").textContent = detail;
        const select = find(".line");
        select.hidden = lines.length < 2;
        select.replaceChildren(...lines.map(([key, title]) => new Option(title, key)));
        select.value = id;
    }

    renderThread(isOther) {
        const messages = this.visible();
        if (isOther) {
            this.items.clear();
            this.list.replaceChildren();
        }
        const known = this.items.size;
        const isAtEnd = isOther || this.isAtEnd();
        this.list
            .querySelectorAll(":scope > .meta, :scope > .nothing")
            .forEach((one) => one.remove());
        this.forget(new Set(messages.map((one) => one.id)));
        messages.forEach((message, index) =>
            this.place(message, messages[index - 1], index, isOther)
        );
        if (!messages.length) {
            const text = "Nothing here yet. Write something as the customer.";
            this.list.append(make("li", { class: "nothing" }, text));
        }
        if (this.items.size > known) {
            this.app.notice(this.name, !isOther);
        }
        if (isAtEnd) {
            this.scroll();
        }
        this.markRead();
    }

    forget(ids) {
        for (const [id, item] of this.items) {
            if (!ids.has(id)) {
                item.remove();
                this.items.delete(id);
            }
        }
    }

    /** Put a message at its place; one that is there already is only brought up to date. */
    place(message, previous, index, isOther) {
        let item = this.items.get(message.id);
        if (!item) {
            item = this.makeItem(message);
            item.classList.toggle("fresh", !isOther);
            this.items.set(message.id, item);
        }
        if (this.list.children[index] !== item) {
            this.list.insertBefore(item, this.list.children[index] || null);
        }
        const isLate = !previous || new Date(message.at) - new Date(previous.at) > PAUSE;
        item.classList.toggle("timed", isLate);
        item.querySelector("time").hidden = !isLate;
        this.update(item, message);
    }

    makeItem(message) {
        const isMine = message.direction === "inbound";
        const time = make("time", { datetime: message.at }, day(new Date(message.at)));
        const item = make("li", { class: `message ${isMine ? "mine" : "theirs"}` }, time);
        item.append(make("div", { class: "bubble" }));
        if (this.isInstagram) {
            item.append(this.makeMore(item));
        }
        item.append(make("div", { class: "meta", "aria-live": "off" }));
        return item;
    }

    update(item, message) {
        item.message = message;
        const quoted = this.app.messages.find((one) => one.id === message.reply_to?.mid);
        const look = JSON.stringify([message, quoted?.text]);
        if (item.look === look) {
            return;
        }
        item.look = look;
        bubbleOf(item.querySelector(".bubble"), message, quoted);
        metaOf(item.querySelector(".meta"), message);
        const more = item.querySelector(".more");
        if (more) {
            more.hidden = message.deleted;
        }
    }

    makeMore(item) {
        const more = make("button", {
            class: "icon more",
            type: "button",
            "aria-expanded": "false",
        });
        more.setAttribute("aria-label", "React, edit or unsend");
        more.innerHTML = '<svg aria-hidden="true"><use href="#i-more"/></svg>';
        more.addEventListener("click", () => this.toggleMenu(item, more));
        item.addEventListener("dblclick", () => this.act("react", item.message));
        item.addEventListener("keydown", (ev) => {
            if (ev.key === "Escape" && item.querySelector(".menu")) {
                this.toggleMenu(item, more);
                more.focus();
            }
        });
        return more;
    }

    toggleMenu(item, more) {
        const open = item.querySelector(".menu");
        more.setAttribute("aria-expanded", String(!open));
        if (open) {
            open.remove();
            return;
        }
        const menu = make("div", { class: "menu", role: "group", "aria-label": "Message" });
        const message = item.message;
        const current = message.reactions.customer?.reaction;
        for (const [reaction, emoji] of REACTIONS) {
            const isOn = current === reaction;
            const act = () => this.act(isOn ? "unreact" : "react", message, { reaction });
            const button = this.menuButton(item, more, emoji, act, `React: ${reaction}`, isOn);
            button.classList.add("emoji");
            menu.append(button);
        }
        if (message.source === "customer") {
            if (message.text) {
                menu.append(this.menuButton(item, more, "Edit", () => this.askEdit(message)));
            }
            menu.append(this.menuButton(item, more, "Unsend", () => this.act("unsend", message)));
        }
        more.after(menu);
        menu.scrollIntoView({ block: "nearest" });
        menu.querySelector("button").focus();
    }

    menuButton(item, more, text, act, label = text, isPressed = undefined) {
        const button = make("button", { type: "button", "aria-label": label }, text);
        if (isPressed !== undefined) {
            button.setAttribute("aria-pressed", isPressed);
        }
        button.addEventListener("click", () => {
            this.toggleMenu(item, more);
            more.focus();
            act();
        });
        return button;
    }

    askEdit(message) {
        const dialog = document.querySelector("#edit");
        const form = dialog.querySelector("form");
        form.elements.text.value = message.text;
        form.onsubmit = () => this.act("edit", message, { text: form.elements.text.value });
        dialog.showModal();
    }

    isAtEnd() {
        const { scrollHeight, scrollTop, clientHeight } = this.thread;
        return scrollHeight - scrollTop - clientHeight < 80;
    }

    scroll() {
        this.thread.scrollTop = this.thread.scrollHeight;
    }

    /** The phone came to the front. */
    arrive() {
        this.scroll();
        if (this.app.customer) {
            this.markRead();
        }
    }
}

export function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
}

export function clock(date) {
    return date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

export function day(date) {
    const isToday = date.toDateString() === new Date().toDateString();
    const text = date.toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" });
    return isToday ? clock(date) : `${text}, ${clock(date)}`;
}
