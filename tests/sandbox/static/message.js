/* What one message looks like: the bubble, and the small line below it. */

import { make } from "./phone.js";

const STATUS = {
    queued: "waiting",
    accepted: "waiting",
    sending: "sending",
    sent: "✓ sent",
    delivered: "✓✓ delivered",
    read: "✓✓ seen",
    undelivered: "✗ undelivered",
    failed: "✗ failed",
};
const EVENTS = { message: "webhook", postback: "webhook", status: "callback" };

/** Fill a bubble. */
export function bubbleOf(bubble, message, quoted) {
    const isHeart = message.attachments.some((one) => one.type === "like_heart");
    bubble.className = "bubble";
    bubble.classList.toggle("deleted", message.deleted);
    bubble.classList.toggle("big", isHeart && !message.deleted);
    const isPhoto = message.attachments.some((one) => one.type?.startsWith("image"));
    bubble.classList.toggle("photo", isPhoto && !message.text);
    const reactions = Object.values(message.reactions).map((one) => one.emoji || one.reaction);
    bubble.classList.toggle("reacted", reactions.length > 0);
    if (message.deleted) {
        bubble.replaceChildren("Message unsent");
        return;
    }
    const parts = message.attachments.map(attachmentOf);
    if (quoted) {
        parts.unshift(make("span", { class: "quote" }, quoted.text || "a message"));
    }
    if (message.text) {
        parts.push(message.text);
    }
    if (reactions.length) {
        const label = `Reactions: ${reactions.join(" ")}`;
        parts.push(make("span", { class: "reactions", title: label }, reactions.join("")));
    }
    bubble.replaceChildren(...parts);
}

function attachmentOf(attachment) {
    const url = attachment.shown || attachment.url;
    const type = attachment.type || "";
    if (type === "like_heart") {
        return "❤️";
    }
    if (type.startsWith("image") && url) {
        return make("img", { src: url, alt: "Photo" });
    }
    if (url) {
        return make(
            "a",
            { class: "file", href: url, target: "_blank", rel: "noreferrer" },
            type || "File"
        );
    }
    return `[${type}]`;
}

/** Fill the line that tells how the provider and the product got on. */
export function metaOf(line, message) {
    const parts = [];
    if (message.direction === "outbound") {
        parts.push(...originOf(message));
    }
    if (message.edits) {
        parts.push("edited");
    }
    if (message.comment) {
        parts.push("answer to a comment");
    }
    if (message.direction === "inbound" && message.status === "read") {
        parts.push(make("span", { class: "seen" }, "✓✓ seen by the business"));
    }
    const webhook = webhookOf(message);
    if (webhook) {
        parts.push(webhook);
    }
    line.replaceChildren(...parts.flatMap((part, index) => (index ? [" · ", part] : [part])));
}

function originOf(message) {
    if (message.source === "network") {
        return ["automatic answer of the network"];
    }
    const origin = message.source === "app" ? "from the Instagram app" : "via API";
    const text = STATUS[message.status] || message.status;
    const code = message.error_code ? ` ${message.error_code}` : "";
    let kind = "";
    if (text.startsWith("✗")) {
        kind = "bad";
    } else if (message.status === "read") {
        kind = "seen";
    }
    return [make("span", { class: kind }, text + code), origin];
}

function webhookOf(message) {
    const last = message.webhooks.at(-1);
    if (!last) {
        const isRecent = Date.now() - new Date(message.at) < 60000;
        const isWaiting = message.direction === "inbound" && !message.deleted && isRecent;
        return isWaiting ? "webhook on its way…" : null;
    }
    const name = EVENTS[last.event] || last.event;
    if (last.error === "held back") {
        return `⏸ ${name} held back`;
    }
    const isGood = last.status >= 200 && last.status < 300;
    const again = last.retried ? ", trying again" : "";
    const times = last.attempt > 1 ? ` (attempt ${last.attempt})` : "";
    const answer = last.status ? `answered ${last.status}` : last.error;
    const text = `${isGood ? "✓" : "✗"} ${name} ${answer}${times}${again}`;
    return make("span", { class: isGood ? "good" : "bad" }, text);
}
