/* What is inside a mail: text with its quotes folded, HTML in a frame without scripts, files. */

import { make } from "./phone.js";

const QUOTES = "blockquote, .gmail_quote, [data-o-mail-quote-container], [data-o-mail-quote='1']";
const ATTRIBUTION = /^(On\b.*wrote:|-{2,}\s*Original Message\s*-{2,}|_{10,})\s*$/;
const FILLER = /^(?=.*[\u034f\u200b])[\u034f\u200b\u00a0 \t]+$/gm; // with which Odoo fills the preview of a mail

/** Return the elements of a body. `settle` is called when their height is known. */
export function bodyOf(mail, settle) {
    const text = make("div", { class: "text" }, ...folded(mail.text));
    const parts = [text];
    if (mail.html) {
        const frame = frameOf(mail, settle);
        text.hidden = true;
        parts.unshift(frame);
        if (mail.text) {
            parts.unshift(switchOf(frame, text));
        }
    } else if (!mail.text) {
        text.append(make("em", {}, "(no text)"));
    }
    const shown = mail.attachments.filter((one) => !mail.html.includes(`cid:${one.content_id}`));
    const files = mail.attachments.filter((one) => !one.content_id || shown.includes(one));
    if (files.length) {
        parts.push(make("p", { class: "attached" }, ...files.map(fileOf)));
    }
    return parts;
}

/** Fill the line that tells how the mail got on. */
export function metaOf(line, mail) {
    if (mail.direction === "outbound") {
        line.replaceChildren("by SMTP");
        return;
    }
    if (!mail.gateway) {
        line.replaceChildren("on its way to Odoo…");
        return;
    }
    const { error, result } = mail.gateway;
    const good = !result ? "✓ Odoo ignored it" : "✓ Odoo took it";
    const text = error ? `✗ Odoo: ${error}` : good;
    line.replaceChildren(make("span", { class: error ? "bad" : "good" }, text));
}

/** Return a text with every quoted part behind a summary. */
function folded(text) {
    const parts = [];
    for (const { isQuote, lines } of blocks(text.replace(FILLER, "").split("\n"))) {
        const content = lines.join("\n").replace(/^\n+|\s+$/g, "");
        if (isQuote) {
            const quote = make("div", { class: "quote" }, content.replace(/^> ?/gm, ""));
            parts.push(make("details", {}, make("summary", {}, "Quoted text"), quote));
        } else if (content) {
            parts.push(content);
        }
    }
    return parts;
}

function blocks(lines) {
    const found = [];
    lines.forEach((line, index) => {
        const next = lines.slice(index + 1).find((one) => one.trim()) ?? "";
        const isRule = !line.endsWith("wrote:");
        const isIntro = ATTRIBUTION.test(line) && (isRule || next.startsWith(">"));
        const last = found.at(-1);
        const isQuote = line.startsWith(">") || isIntro || Boolean(last?.isQuote && !line.trim());
        if (last?.isQuote === isQuote) {
            last.lines.push(line);
        } else {
            found.push({ isQuote, lines: [line] });
        }
    });
    return found;
}

function frameOf(mail, settle) {
    const frame = make("iframe", {
        title: `Mail: ${mail.subject}`,
        // Same origin, so that we can measure it. Without allow-scripts nothing runs in there.
        sandbox: "allow-same-origin allow-popups allow-popups-to-escape-sandbox",
        src: `/mails/${mail.id}.html`,
    });
    frame.addEventListener("load", () => {
        const page = frame.contentDocument;
        foldQuotes(page);
        const fit = () => {
            fitWidth(page);
            const height = page.documentElement.getBoundingClientRect().height;
            frame.style.height = `${Math.ceil(height)}px`;
            settle();
        };
        new ResizeObserver(fit).observe(page.body);
        new ResizeObserver(fit).observe(frame);
    });
    return frame;
}

function foldQuotes(page) {
    for (const quote of page.querySelectorAll(QUOTES)) {
        if (!quote.parentElement.closest(`details, ${QUOTES}`)) {
            const details = page.createElement("details");
            const summary = page.createElement("summary");
            summary.textContent = "Quoted text";
            quote.replaceWith(details);
            details.append(summary, quote);
        }
    }
}

/** Make a wide mail smaller, as mail programs on phones do. */
function fitWidth(page) {
    const root = page.documentElement;
    root.style.zoom = 1;
    const share = root.clientWidth / root.scrollWidth;
    root.style.zoom = share < 1 ? share : 1;
}

function switchOf(frame, text) {
    const button = make("button", { type: "button", class: "as-text", "aria-pressed": "false" });
    button.append("Plain text");
    button.addEventListener("click", () => {
        const isText = text.hidden;
        text.hidden = !isText;
        frame.hidden = isText;
        button.setAttribute("aria-pressed", isText);
    });
    return button;
}

function fileOf(file) {
    const size = file.size < 1024 ? `${file.size} B` : `${Math.round(file.size / 1024)} kB`;
    const link = make("a", { class: "file", href: file.url, download: file.name }, file.name);
    link.append(make("small", {}, ` ${size}`));
    if (file.type.startsWith("image/") && file.size) {
        link.prepend(make("img", { src: file.url, alt: "" }));
    }
    return link;
}
