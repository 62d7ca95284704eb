import {
    click,
    contains,
    insertText,
    onRpcBefore,
    openDiscuss,
    start,
} from "@mail/../tests/mail_test_helpers";
import {
    changeMessage,
    createConversation,
    createMessage,
    defineOmnichannelModels,
    INSTAGRAM,
    mockChoices,
    SMS,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { press } from "@odoo/hoot-dom";
import { advanceTime } from "@odoo/hoot-mock";
import { getService, makeServerError, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const EMAIL = {
    ...SMS,
    key: "3:3",
    channel: "email",
    label: "E-mail",
    address: "ana@example.com",
    limit: 0,
    subject: "Re: Blue lamp",
};

/** Refuse what does not name this message as seen. */
function refuseUnless(messageId) {
    onRpc("/mail/message/post", async (request) => {
        const { params } = await request.json();
        expect.step(params.post_data.omnichannel_seen_ids.includes(messageId()));
        if (!params.post_data.omnichannel_seen_ids.includes(messageId())) {
            throw makeServerError({
                type: "UserError",
                message: "New message from Ana by SMS meanwhile: read it, then send again.",
                context: { omnichannel_unseen_ids: [messageId()] },
            });
        }
    });
}

test("what stands on the screen is told with every message", async () => {
    mockChoices(INSTAGRAM);
    const thread = await createConversation();
    const messageId = createMessage(thread, "Is it dimmable?");
    onRpcBefore("/mail/message/post", ({ post_data }) => {
        expect.step(post_data.omnichannel_seen_ids);
        expect.step(post_data.omnichannel_is_held);
    });
    await start();
    await openDiscuss(thread.channelId);
    await contains("label.o-selected", { text: "Instagram@ana" });
    await contains(".o-mail-Message", { text: "Is it dimmable?" });
    await insertText(".o-mail-Composer-input", "It is");
    await press("Enter");
    await contains(".o-mail-Message", { text: "It is" });
    expect.verifySteps([[messageId], true]);
});

test("a message that came meanwhile is shown, and the text can be sent again", async () => {
    mockChoices(INSTAGRAM, SMS);
    const thread = await createConversation();
    let unseenId = 0;
    refuseUnless(() => unseenId);
    await start();
    await openDiscuss(thread.channelId);
    await contains("label.o-selected", { text: "Instagram@ana" });
    await insertText(".o-mail-Composer-input", "It is");
    unseenId = createMessage(thread, "Forget it", { channel: "sms", channelLabel: "SMS" });
    await press("Enter");
    await contains(".o-omnichannel-UnseenBar", {
        text: "Not sent. New message from Ana by SMS meanwhile: read it, then send again.",
    });
    await contains(".o-mail-Message", { text: "Forget it" });
    await contains(".o-mail-Composer-input", { value: "It is" });
    await contains("label.o-selected", { text: "Instagram@ana" });
    await contains(".o-mail-Message", { count: 1 });
    await click(".o-omnichannel-UnseenBar button", { text: "Send anyway" });
    await contains(".o-omnichannel-UnseenBar", { count: 0 });
    await contains(".o-mail-Message", { text: "It is" });
    expect.verifySteps([false, true]);
});

test("an own message can be undone while it is held, and comes back into the composer", async () => {
    mockChoices(INSTAGRAM, SMS);
    const thread = await createConversation();
    createMessage(thread, "Too early", {
        direction: "outbound",
        key: SMS.key,
        state: "queued",
        canCancel: true,
        holdSeconds: 5,
    });
    onRpc("omnichannel.message", "action_undo", ({ args }) => {
        expect.step(args[0]);
        return true;
    });
    await start();
    await openDiscuss(thread.channelId);
    await contains("label.o-selected", { text: "Instagram@ana" });
    await click(".o-omnichannel-DeliveryActions-undo");
    await contains(".o-mail-Composer-input", { value: "Too early" });
    await contains("label.o-selected", { text: "SMS" });
    await contains(".o-mail-Message", { count: 0 });
    expect.verifySteps([[70]]);
});

test("what is undone stands before what was written since", async () => {
    mockChoices(INSTAGRAM);
    const thread = await createConversation();
    createMessage(thread, "First", {
        direction: "outbound",
        state: "queued",
        canCancel: true,
        holdSeconds: 5,
    });
    onRpc("omnichannel.message", "action_undo", () => true);
    await start();
    await openDiscuss(thread.channelId);
    await insertText(".o-mail-Composer-input", "Second");
    await click(".o-omnichannel-DeliveryActions-undo");
    await contains(".o-mail-Composer-input", { value: "First\nSecond" });
});

test("when the time is up the queue is woken and nothing can be undone", async () => {
    mockChoices(INSTAGRAM);
    const thread = await createConversation();
    const messageId = createMessage(thread, "Hello", {
        direction: "outbound",
        state: "queued",
        canCancel: true,
        holdSeconds: 5,
    });
    onRpc("omnichannel.message", "wake_held", ({ args }) => {
        expect.step(args[0]);
        return true;
    });
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-omnichannel-DeliveryActions-undo", { text: "Undo 5" });
    expect.verifySteps([]);
    await advanceTime(5500);
    await contains(".o-omnichannel-DeliveryActions-undo", { count: 0 });
    await contains(".o-omnichannel-DeliveryActions button", { text: "Cancel" });
    expect.verifySteps([[70]]);
    changeMessage(thread, messageId, { state: "sent", stateLabel: "Sent", canCancel: false });
    await contains(".o-omnichannel-DeliveryActions", { count: 0 });
});

test("the queue is woken also when the bubble changes just when the time is up", async () => {
    mockChoices(INSTAGRAM);
    const thread = await createConversation();
    const facts = { direction: "outbound", state: "queued", canCancel: true, holdSeconds: 5 };
    const messageId = createMessage(thread, "Hello", facts);
    onRpc("omnichannel.message", "wake_held", () => expect.step("woken"));
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-omnichannel-DeliveryActions-undo");
    await advanceTime(4900);
    changeMessage(thread, messageId, { holdSeconds: 0 });
    await contains(".o-omnichannel-DeliveryActions-undo", { count: 0 });
    await advanceTime(500);
    expect.verifySteps(["woken"]);
});

test("an e-mail has a subject, other messages have none", async () => {
    mockChoices(EMAIL, SMS);
    onRpcBefore("/mail/message/post", ({ post_data }) =>
        expect.step(post_data.omnichannel_subject)
    );
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains(".o-omnichannel-SubjectInput input", { value: "Re: Blue lamp" });
    await insertText(".o-mail-Composer-input", "One");
    await press("Enter");
    await contains(".o-mail-Message", { text: "One" });
    await insertText(".o-omnichannel-SubjectInput input", "Your order", { replace: true });
    await insertText(".o-mail-Composer-input", "Two");
    await press("Enter");
    await contains(".o-mail-Message", { text: "Two" });
    await contains(".o-omnichannel-SubjectInput input", { value: "Re: Blue lamp" });
    await click("label[data-channel='sms']");
    await contains(".o-omnichannel-SubjectInput", { count: 0 });
    expect.verifySteps(["Re: Blue lamp", "Your order"]);
});

test("a prepared text is filled in and put into the composer", async () => {
    mockChoices(INSTAGRAM);
    onRpc("omnichannel.conversation", "get_prepared_texts", () => [
        { model: "mail.canned.response", id: 1, name: "hello", preview: "Hi {{ object.name }}" },
        { model: "sms.template", id: 1, name: "Opening hours", preview: "We open at nine" },
    ]);
    onRpc("omnichannel.conversation", "render_prepared_text", ({ args }) => {
        expect.step(args);
        return { text: "Hi Ana", subject: "" };
    });
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains("label.o-selected", { text: "Instagram@ana" });
    await click("button[title='Insert a prepared text']");
    await insertText(".o-omnichannel-PreparedTextDialog input", "hello");
    await contains(".o-omnichannel-PreparedTextDialog li", { count: 1 });
    await click(".o-omnichannel-PreparedTextDialog li button");
    await contains(".o-mail-Composer-input", { value: "Hi Ana" });
    await contains(".o-mail-Message", { count: 0 });
    expect.verifySteps([[[7], "mail.canned.response", 1]]);
});

test("a placeholder that is not filled in is never sent", async () => {
    mockChoices(INSTAGRAM);
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains("label.o-selected", { text: "Instagram@ana" });
    await insertText(".o-mail-Composer-input", "Hi {{ object.name }}");
    await contains(".o-omnichannel-ChannelSelector-hint", {
        text: "Not filled in: {{ object.name }}",
    });
    await contains(".o-mail-Composer button[name='send-message']:disabled");
});

test("a file that the channel does not take is named, and does not leave", async () => {
    mockChoices({ ...INSTAGRAM, media: { "image/png": 1000, video: 5000 } }, EMAIL);
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains("label.o-selected", { text: "Instagram@ana" });
    const store = getService("mail.store");
    const { composer } = store.Thread.get({ model: "discuss.channel", id: channelId });
    const [big, excel] = [
        { id: 901, name: "big.png", mimetype: "image/png", file_size: 2000 },
        { id: 902, name: "list.xls", mimetype: "application/vnd.ms-excel", file_size: 10 },
    ].map((values) => store["ir.attachment"].insert(values));
    composer.attachments = [big];
    await contains(".o-omnichannel-ChannelSelector-hint", {
        text: "big.png is too big: Instagram takes 1000.00 Bytes at most. Remove it.",
    });
    await contains(".o-mail-Composer button[name='send-message']:disabled");
    composer.attachments = [excel];
    await contains(".o-omnichannel-ChannelSelector-hint", {
        text: "Instagram does not take files like list.xls (application/vnd.ms-excel): remove it.",
    });
    await click("label[data-channel='email']");
    await contains(".o-mail-Composer button[name='send-message']:enabled");
});
