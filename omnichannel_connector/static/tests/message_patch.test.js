import { contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    createMessage,
    defineOmnichannelModels,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, test } from "@odoo/hoot";
import { serverState } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

test("a bubble tells channel, address, trust and delivery state", async () => {
    mockChoices();
    const thread = await createConversation();
    createMessage(thread, "Is it in stock?");
    createMessage(thread, "It is.", { direction: "outbound", state: "read", stateLabel: "Read" });
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-mail-Message", { text: "Is it in stock?" });
    await contains(".o-omnichannel-Message-channel[data-channel='instagram']", { count: 2 });
    await contains(".o-omnichannel-Message-address", { text: "@ana", count: 2 });
    await contains("i[title='Identity: Observed']", { count: 2 });
    await contains(".o-omnichannel-Message-state", { count: 1 });
    await contains(".o-mail-Message.o-omnichannel-ours .o-omnichannel-Message-state[title='Read']");
});

test("a failed message says why", async () => {
    mockChoices();
    const thread = await createConversation();
    createMessage(thread, "Hello", {
        direction: "outbound",
        state: "failed",
        stateLabel: "Not sent",
        error: "No such number",
    });
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-omnichannel-DeliveryActions", { text: "Not sent: No such number" });
    await contains(".o-omnichannel-DeliveryActions button", { count: 0 });
});

test("follow-ups and answers from the app are marked", async () => {
    mockChoices();
    const thread = await createConversation();
    createMessage(thread, "Still interested?", { direction: "outbound", origin: "sequence" });
    createMessage(thread, "Typed on a phone", { direction: "outbound", origin: "app" });
    await start();
    await openDiscuss(thread.channelId);
    await contains(".badge", { text: "Follow-up" });
    await contains(".badge", { text: "Answered in the app" });
});

test("messages share a header only when it says the same of all of them", async () => {
    mockChoices();
    const thread = await createConversation();
    createMessage(thread, "one");
    createMessage(thread, "two");
    createMessage(thread, "three", { channel: "sms", channelLabel: "SMS", address: "+1555" });
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-mail-Message", { count: 3 });
    await contains(".o-mail-Message.o-squashed", { count: 1, text: "two" });
});

test("a note looks like one, and hides behind no header of a message", async () => {
    mockChoices();
    const thread = await createConversation();
    const { pyEnv, channelId } = thread;
    pyEnv["mail.message"].create({
        author_id: serverState.partnerId,
        body: "10 % at most",
        message_type: "comment",
        model: "discuss.channel",
        res_id: channelId,
        subtype_id: pyEnv["mail.message.subtype"].search([
            ["subtype_xmlid", "=", "mail.mt_note"],
        ])[0],
    });
    createMessage(thread, "You get 5 %", { direction: "outbound" });
    await start();
    await openDiscuss(channelId);
    await contains(".o-mail-Message.o-omnichannel-note", { text: "10 % at most" });
    await contains(".o-omnichannel-Message-noteLabel", { text: "Note" });
    await contains(".o-mail-Message.o-squashed", { count: 0 });
});
