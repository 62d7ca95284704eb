import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import { mailDataHelpers } from "@mail/../tests/mock_server/mail_mock_server";
import {
    changeMessage,
    createConversation,
    createMessage,
    defineOmnichannelModels,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { queryFirst } from "@odoo/hoot-dom";
import { serializeDateTime } from "@web/core/l10n/dates";

const { DateTime } = luxon;

describe.current.tags("desktop");
defineOmnichannelModels();

async function showMessage(body, facts, conversation) {
    mockChoices();
    const thread = await createConversation(conversation);
    const messageId = createMessage(thread, body, facts);
    await start();
    await openDiscuss(thread.channelId);
    return { thread, messageId };
}

test("a public comment says so, and what it is about", async () => {
    await showMessage("How much?", {
        isComment: true,
        context: {
            media_product_type: "REELS",
            ad_title: "Summer sale",
            permalink: "https://instagram.example.com/p/1",
        },
    });
    await contains(".o-omnichannel-Message-comment", { text: "Public comment on a reel" });
    await contains(".o-omnichannel-Message-comment", { text: "Summer sale" });
    await contains(
        ".o-omnichannel-Message-comment a[href='https://instagram.example.com/p/1'][target='_blank']"
    );
    await contains("[data-mark='answerable']", { text: "Can be answered in private once" });
});

test("a comment about something unknown links to nothing unsafe", async () => {
    await showMessage("Nice", {
        isComment: true,
        context: { media_product_type: "HOLOGRAM", permalink: "javascript:alert(1)", title: 7 },
    });
    await contains(".o-omnichannel-Message-comment", { text: "Public comment" });
    await contains(".o-omnichannel-Message-comment a", { count: 0 });
});

test("a comment that was answered says so, unless the answer did not go out", async () => {
    mockChoices();
    const thread = await createConversation();
    createMessage(thread, "How much?", { id: 5, isComment: true });
    const answerId = createMessage(thread, "20", {
        id: 6,
        direction: "outbound",
        commentId: 5,
    });
    await start();
    await openDiscuss(thread.channelId);
    await contains("[data-mark='answered']", { text: "Answered in private" });
    await contains("[data-mark='private-answer']", { text: "Private answer to a public comment" });
    changeMessage(thread, answerId, { state: "failed", stateLabel: "Not sent" });
    await contains("[data-mark='answerable']");
});

test("a recovered message is marked and has a header of its own", async () => {
    mockChoices();
    const thread = await createConversation();
    createMessage(thread, "one");
    createMessage(thread, "two", { isRecovered: true });
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-mail-Message", { count: 2 });
    await contains("[data-mark='recovered']", {
        count: 1,
        text: "Found later: the provider never announced it",
    });
    await contains(".o-mail-Message.o-squashed", { count: 0 });
});

test("a message that came late shows its own time", async () => {
    mockChoices();
    const thread = await createConversation();
    createMessage(thread, "newer");
    const lateId = createMessage(thread, "older");
    const date = DateTime.now().minus({ minutes: 2 });
    thread.pyEnv["mail.message"].write([lateId], { date: serializeDateTime(date) });
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-mail-Message:not(.o-squashed) .o-mail-Message-date", { count: 2 });
});

test("a message that is edited while somebody looks says so", async () => {
    const { thread, messageId } = await showMessage("Is it in stok?");
    await contains(".o-mail-Message", { text: "Is it in stok?" });
    await contains("[data-mark]", { count: 0 });
    changeMessage(thread, messageId, { isEdited: true });
    await contains("[data-mark='edited']", { text: "Edited" });
});

test("of a message that was taken back nothing is shown but that it was", async () => {
    const { thread, messageId } = await showMessage("My card is 4111");
    thread.pyEnv["mail.message"].write([messageId], {
        attachment_ids: [
            thread.pyEnv["ir.attachment"].create({ name: "card.txt", mimetype: "text/plain" }),
        ],
    });
    await contains(".o-mail-Message-body", { text: "My card is 4111" });
    changeMessage(thread, messageId, { isRetracted: true });
    await contains(".o-omnichannel-Message-retracted", {
        text: "The customer took this message back",
    });
    await contains(".o-mail-Message-body", { text: "My card is 4111", count: 0 });
    await contains(".o-mail-AttachmentList", { count: 0 });
    await contains(".o-mail-Message-channel, .o-omnichannel-Message-channel", { count: 1 });
});

test("a file that is fetched later appears without reloading", async () => {
    const { thread, messageId } = await showMessage("(a picture)");
    await contains(".o-mail-Message-body", { text: "(a picture)" });
    const { pyEnv, channelId } = thread;
    const attachmentId = pyEnv["ir.attachment"].create({
        name: "lamp.txt",
        mimetype: "text/plain",
        res_id: channelId,
        res_model: "discuss.channel",
    });
    pyEnv["mail.message"].write([messageId], { attachment_ids: [attachmentId] });
    const [channel] = pyEnv["discuss.channel"].browse(channelId);
    pyEnv["bus.bus"]._sendone(
        channel,
        "mail.record/insert",
        new mailDataHelpers.Store(pyEnv["mail.message"].browse(messageId)).get_result()
    );
    await contains(".o-mail-AttachmentContainer[title='lamp.txt']");
});

test("a call shows its state, how long it was and its recording", async () => {
    await showMessage("<b>Incoming call</b><br>Transcript:<br>Do you have lamps?", {
        channel: "voice",
        channelLabel: "Calls",
        call: {
            state: "ended",
            stateLabel: "Incoming call",
            seconds: 754,
            recordingUrl: "/omnichannel/recording/3",
            hasTranscript: true,
        },
    });
    await contains(".o-omnichannel-Message-call[data-state='ended']", {
        text: "Incoming call",
    });
    await contains(".o-omnichannel-Message-call", { text: "Duration: 12:34" });
    await contains("a[href='/omnichannel/recording/3']", { text: "Recording" });
    await contains(".o-mail-Message-body", { count: 0 });
    await click("button[aria-expanded='false']", { text: "Transcript" });
    await contains(".o-mail-Message-body:contains('Do you have lamps?')");
    await click("button[aria-expanded='true']", { text: "Transcript" });
    await contains(".o-mail-Message-body", { count: 0 });
});

test("a call fills in while somebody looks, and nothing that it tells breaks the thread", async () => {
    const { thread, messageId } = await showMessage("", {
        channel: "voice",
        call: { state: "ringing", stateLabel: "Incoming call, ringing" },
    });
    await contains(".o-omnichannel-Message-call", {
        text: "Incoming call, ringing",
    });
    await contains(".o-mail-Message:contains('This message has been removed')", { count: 0 });
    changeMessage(thread, messageId, {
        call: { state: "held_in_space", recordingUrl: "javascript:alert(1)", seconds: 0 },
    });
    await contains(".o-omnichannel-Message-call[data-state='held_in_space']", { text: "Call" });
    expect(queryFirst(".o-omnichannel-Message-call a")).toBe(null);
});

test("a state of the future is shown with its text", async () => {
    await showMessage("Hello", {
        direction: "outbound",
        state: "teleported",
        stateLabel: "Teleported",
        trust: "omniscient",
        trustLabel: undefined,
    });
    await contains(".o-omnichannel-Message-state[title='Teleported']");
});
