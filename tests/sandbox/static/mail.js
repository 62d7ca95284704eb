/* The phone with the customer's mailbox: what Odoo sent, and a form to answer it. */

import { api } from "./app.js";
import { bodyOf, metaOf } from "./mail_body.js";
import { clock, day, make } from "./phone.js";

export class MailPhone {
    constructor(app, root) {
        this.app = app;
        this.root = root;
        this.items = new Map();
        this.original = null; // the mail that the form answers
        this.isNew = false; // the person wants to write a new mail
        root.append(document.querySelector("#mail-template").content.cloneNode(true));
        this.list = root.querySelector("ol");
        this.thread = root.querySelector(".thread");
        this.form = root.querySelector("form");
        this.fields = root.querySelector("details");
        this.setUp();
    }

    setUp() {
        const { text } = this.form.elements;
        this.form.addEventListener("submit", (ev) => {
            ev.preventDefault();
            this.send();
        });
        text.addEventListener("keydown", (ev) => {
            if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey)) {
                ev.preventDefault();
                this.form.requestSubmit();
            }
        });
        for (const name of ["to", "subject"]) {
            this.form.elements[name].addEventListener("input", () => this.summarize());
        }
        this.form.elements.file.addEventListener("change", () => this.summarize());
        this.thread.addEventListener("scroll", () => (this.wasAtEnd = this.isAtEnd()));
        this.root.querySelector(".compose").addEventListener("click", () => {
            this.answer(null);
            this.fields.open = true;
            this.form.elements.subject.focus();
        });
    }

    /* === WRITING === */

    get accounts() {
        return this.app.state.accounts.filter((one) => one.provider === "email");
    }

    /** Fill the form for an answer, or for a new mail without one. */
    answer(mail, isAsked = true) {
        this.isNew = isAsked && !mail;
        this.original = mail;
        const { to, subject, quote } = this.form.elements;
        to.value = mail ? recipientOf(mail) : (this.accounts[0]?.address ?? "");
        subject.value = mail ? `Re: ${mail.subject.replace(/^re:\s*/i, "")}` : "";
        quote.closest("label").hidden = !mail;
        this.fields.open = this.isNew;
        this.summarize();
        if (isAsked && mail) {
            this.form.elements.text.focus();
        }
    }

    summarize() {
        const { to, subject, file, text } = this.form.elements;
        const title = this.original ? subject.value : subject.value || "New mail";
        this.fields.querySelector("summary b").textContent = title || "(no subject)";
        this.fields.querySelector("summary small").textContent = `to ${to.value || "…"}`;
        text.placeholder = this.original ? "Your answer…" : "Your mail…";
        const names = [...file.files].map((one) => one.name).join(", ");
        this.root.querySelector(".files").hidden = !names;
        this.root.querySelector(".files span").textContent = names;
    }

    async send() {
        const { to, subject, text, quote, file, send } = this.form.elements;
        if (!to.value.trim()) {
            this.fields.open = true;
            to.focus();
            return;
        }
        if (!text.value.trim() && !file.files.length) {
            text.focus();
            return;
        }
        const spec = { to: to.value, subject: subject.value, text: text.value, sync: false };
        if (this.original) {
            Object.assign(spec, { in_reply_to: this.original.id, quote: quote.checked });
        }
        send.disabled = true;
        try {
            spec.attachments = await this.upload();
            const id = encodeURIComponent(this.app.customer.id);
            const { mail } = await api.post(`customers/${id}/mails`, spec);
            this.form.reset();
            this.answer(this.original ? mail : null, false);
            this.scroll();
        } catch (error) {
            this.list.append(make("li", { class: "meta problem" }, error.message));
            this.scroll();
        }
        send.disabled = false;
    }

    upload() {
        return Promise.all(
            [...this.form.elements.file.files].map(async (file) => {
                const path = `media?name=${encodeURIComponent(file.name)}`;
                return { name: file.name, type: file.type, ...(await api.post(path, file)) };
            })
        );
    }

    /* === PAINTING === */

    /** There is no mailbox without an account of the business. */
    get isShown() {
        return this.accounts.length > 0 || this.app.mails.length > 0;
    }

    render(isOther) {
        const account = this.accounts[0];
        const problem = this.app.customer.email
            ? ""
            : "This customer has no e-mail address. Edit the customer to add one.";
        this.root.querySelector(".missing").hidden = !problem;
        this.root.querySelector(".missing p").textContent = problem;
        for (const part of [".peer", ".thread", "form"]) {
            this.root.querySelector(part).hidden = Boolean(problem);
        }
        this.root.querySelector(".peer strong").textContent = this.app.customer.name || "Mailbox";
        this.root.querySelector(".peer small").textContent = this.app.customer.email;
        if (!problem) {
            this.renderThread(isOther, account);
        }
        const now = new Date(Date.now() + this.app.state.clock_offset * 1000);
        this.root.querySelector(".clock").textContent = clock(now);
    }

    renderThread(isOther, account) {
        const mails = this.app.mails;
        if (isOther) {
            this.items.clear();
            this.list.replaceChildren();
            this.form.reset();
        }
        const known = this.items.size;
        const isAtEnd = isOther || this.isAtEnd();
        this.list.querySelectorAll(".nothing, .problem").forEach((one) => one.remove());
        this.forget(new Set(mails.map((one) => one.id)));
        mails.forEach((mail) => this.place(mail, isOther));
        if (!mails.length) {
            const text = "Nothing here yet. Write a mail as the customer.";
            this.list.append(make("li", { class: "nothing" }, text));
        }
        if (this.items.size > known) {
            this.app.notice("mail", !isOther);
        }
        this.keepForm(isOther, account);
        if (isAtEnd) {
            this.scroll();
        }
    }

    /** Answer the latest mail, unless somebody is writing or wants a new one. */
    keepForm(isOther, account) {
        const latest = this.app.mails.at(-1) ?? null;
        const isGone = this.original && !this.items.has(this.original.id);
        const isUntouched = !this.form.elements.text.value && !this.isNew;
        const isOld = latest?.id !== this.original?.id || this.account !== account?.address;
        if (isOther || isGone || (isUntouched && isOld)) {
            this.answer(latest, false);
        }
        this.account = account?.address;
    }

    forget(ids) {
        for (const [id, item] of this.items) {
            if (!ids.has(id)) {
                item.remove();
                this.items.delete(id);
            }
        }
    }

    place(mail, isOther) {
        let item = this.items.get(mail.id);
        if (!item) {
            item = this.makeItem(mail);
            item.classList.toggle("fresh", !isOther);
            this.items.set(mail.id, item);
            this.list.append(item);
        }
        metaOf(item.querySelector(".meta"), mail);
    }

    makeItem(mail) {
        const isMine = mail.direction === "inbound";
        const head = make("header", {});
        const who = isMine ? "You" : mail.from.name || mail.from.address || "(no sender)";
        const peer = isMine ? `to ${addresses(mail.to)}` : mail.from.address;
        head.append(make("strong", {}, who), make("small", {}, peer));
        head.append(make("time", { datetime: mail.at }, day(new Date(mail.at))));
        const subject = make("h3", {}, mail.subject || "(no subject)");
        const foot = make("footer", {}, make("div", { class: "meta", "aria-live": "off" }));
        const reply = make("button", { type: "button", class: "reply" }, "Reply");
        reply.setAttribute("aria-label", `Reply to ${mail.subject || "this mail"}`);
        reply.addEventListener("click", () => this.answer(mail));
        foot.append(reply);
        const card = make("article", { class: "bubble" }, head, subject);
        card.append(...bodyOf(mail, () => this.settle()), foot);
        return make("li", { class: `letter ${isMine ? "mine" : "theirs"}` }, card);
    }

    /** A mail has got its height: keep the latest one on the screen. */
    settle() {
        if (this.wasAtEnd) {
            this.scroll();
        }
    }

    isAtEnd() {
        const { scrollHeight, scrollTop, clientHeight } = this.thread;
        return scrollHeight - scrollTop - clientHeight < 80;
    }

    scroll() {
        this.wasAtEnd = true;
        this.thread.scrollTop = this.thread.scrollHeight;
    }

    /** The phone came to the front. */
    arrive() {
        this.scroll();
    }
}

function recipientOf(mail) {
    if (mail.direction === "inbound") {
        return addresses(mail.to);
    }
    return addresses(mail.reply_to.length ? mail.reply_to : [mail.from]);
}

function addresses(people) {
    return people.map((one) => one.address).join(", ");
}
