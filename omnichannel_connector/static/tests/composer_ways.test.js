import {
    click,
    contains,
    insertText,
    onRpcBefore,
    openDiscuss,
    start,
} from "@mail/../tests/mail_test_helpers";
import { TYPING_INTERVAL } from "@omnichannel_connector/core/common/composer_patch";
import {
    createConversation,
    createMessage,
    defineOmnichannelModels,
    INSTAGRAM,
    mockChoices,
    SMS,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { advanceTime, describe, expect, test } from "@odoo/hoot";
import { press } from "@odoo/hoot-dom";
import { onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const HINT = ".o-omnichannel-ChannelSelector-hint";
const COMMENT = { ...INSTAGRAM, key: "1:1:70", commentId: 70, actions: ["message"] };

/** Click an action of the one message that has this text. */
async function clickMessageAction(text, title) {
    await click(".o-mail-Message", { text });
    await click(`.o-mail-Message:contains('${text}') [title='${title}']`);
}

test("when only a person may answer, the selector says until when", async () => {
    mockChoices({ ...INSTAGRAM, isLate: true, until: "2999-01-01 12:00:00" });
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains(`${HINT} .fw-bold:contains('Only a person may answer now, until ')`);
});

test("a comment is answered in private, by text only", async () => {
    mockChoices(COMMENT, INSTAGRAM);
    onRpcBefore("/mail/message/post", ({ post_data }) => expect.step(post_data.omnichannel_key));
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains("label.o-selected", { text: "comment · @ana" });
    await contains(HINT, { text: "Private answer to a public comment, once, text only" });
    await insertText(".o-mail-Composer-input", "We wrote you");
    await press("Enter");
    await expect.waitForSteps(["1:1:70"]);
});

test("the customer sees that somebody types, now and then, and never for a note", async () => {
    mockChoices(INSTAGRAM, SMS);
    onRpc("omnichannel.conversation", "notify_typing", ({ args: [ids, key] }) => {
        expect.step(`typing ${ids} ${key}`);
        return true;
    });
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains("label.o-selected", { text: "Instagram" });
    await insertText(".o-mail-Composer-input", "H");
    await insertText(".o-mail-Composer-input", "e");
    await expect.waitForSteps(["typing 7 1:1"]);
    await advanceTime(TYPING_INTERVAL);
    await insertText(".o-mail-Composer-input", "l");
    await expect.waitForSteps(["typing 7 1:1"]);

    for (const channel of ["note", "sms"]) {
        await click(`label[data-channel='${channel}']`);
        await advanceTime(TYPING_INTERVAL);
        await insertText(".o-mail-Composer-input", "l");
    }
    expect.verifySteps([]);
});

test("reactions are offered where the customer gets them", async () => {
    mockChoices(INSTAGRAM, SMS);
    const thread = await createConversation();
    createMessage(thread, "by Instagram");
    createMessage(thread, "by SMS", { key: SMS.key, channel: "sms", channelLabel: "SMS" });
    createMessage(thread, "ours", { direction: "outbound" });
    createMessage(thread, "gone", { isRetracted: true });
    onRpcBefore("/mail/message/reaction", ({ action, content }) =>
        expect.step(`${action} ${content}`)
    );
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-mail-Message", { count: 4 });
    await contains("label.o-selected", { text: "Instagram" });
    await contains(".o-mail-Message [title='Add a Reaction']", { count: 1 });
    await clickMessageAction("by Instagram", "Add a Reaction");
    await click(".o-mail-QuickReactionMenu-emoji", { text: "👍" });
    await contains(".o-mail-MessageReaction", { text: "👍1" });
    await expect.waitForSteps(["add 👍"]);
});

test("an answer quotes a message and keeps the chosen channel", async () => {
    mockChoices(INSTAGRAM, SMS);
    const thread = await createConversation();
    const messageId = createMessage(thread, "Is it in stock?");
    onRpcBefore("/mail/message/post", ({ post_data }) => {
        expect.step(`${post_data.omnichannel_key} on ${post_data.parent_id === messageId}`);
    });
    await start();
    await openDiscuss(thread.channelId);
    await contains("label.o-selected", { text: "Instagram" });
    await clickMessageAction("Is it in stock?", "Reply");
    await contains(".o-mail-Composer", { text: "Ana" });
    await contains("label.o-selected", { text: "Instagram" });
    await contains(`${HINT} .fa-eye-slash`, { count: 0 });
    await click("label[data-channel='sms']");
    await contains(HINT, { text: "Only your colleagues see what you quote here" });
    await contains(".o-mail-Composer [title='Stop replying']");
    await insertText(".o-mail-Composer-input", "It is");
    await press("Enter");
    await expect.waitForSteps(["2:2 on true"]);
    await contains(".o-mail-Message .o-mail-MessageInReply", { text: "Is it in stock?" });
});

test("what answers a note is a note", async () => {
    mockChoices(INSTAGRAM);
    const { pyEnv, channelId } = await createConversation();
    pyEnv["mail.message"].create({
        author_id: pyEnv["res.partner"].create({ name: "Bea" }),
        body: "10 % at most",
        message_type: "comment",
        model: "discuss.channel",
        res_id: channelId,
        subtype_id: pyEnv["mail.message.subtype"].search([
            ["subtype_xmlid", "=", "mail.mt_note"],
        ])[0],
    });
    await start();
    await openDiscuss(channelId);
    await contains("label.o-selected", { text: "Instagram" });
    await clickMessageAction("10 % at most", "Reply");
    await contains("label.o-selected", { text: "Note" });
    await click("label[data-channel='instagram']");
    await contains(".o-mail-Composer [title='Stop replying']", { count: 0 });
});

test("what was taken back is not quoted", async () => {
    mockChoices(INSTAGRAM);
    const thread = await createConversation();
    createMessage(thread, "gone", { isRetracted: true });
    await start();
    await openDiscuss(thread.channelId);
    await contains("label.o-selected", { text: "Instagram" });
    await contains(".o-omnichannel-Message-retracted");
    await contains(".o-mail-Message [title='Reply']", { count: 0 });
});
