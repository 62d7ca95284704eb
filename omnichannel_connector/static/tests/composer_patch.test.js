import {
    click,
    contains,
    insertText,
    onRpcBefore,
    openDiscuss,
    patchUiSize,
    start,
} from "@mail/../tests/mail_test_helpers";
import { mailDataHelpers } from "@mail/../tests/mock_server/mail_mock_server";
import {
    createConversation,
    createMessage,
    defineOmnichannelModels,
    INSTAGRAM,
    mockChoices,
    SMS,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { press } from "@odoo/hoot-dom";
import { Deferred } from "@odoo/hoot-mock";
import { getService, makeServerError, onRpc } from "@web/../tests/web_test_helpers";
import { SIZES } from "@web/core/ui/ui_service";

describe.current.tags("desktop");
defineOmnichannelModels();

const CLOSED = { ...INSTAGRAM, reason: "Closed: the last message is too long ago." };

/** Tell by which key each message is posted. */
function stepOnPost() {
    onRpcBefore("/mail/message/post", ({ post_data }) => {
        expect.step(post_data.omnichannel_key ?? "no key");
        expect.step(post_data.subtype_xmlid);
    });
}

test("the best open choice is preselected and its key is sent", async () => {
    mockChoices(INSTAGRAM, SMS);
    stepOnPost();
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains("label.o-selected", { text: "Instagram@ana" });
    await contains(".o-mail-Composer-input[placeholder='Message Ana by Instagram…']");
    await insertText(".o-mail-Composer-input", "Hello");
    await click("button[title='Send by Instagram to @ana']:enabled");
    await contains(".o-mail-Message", { text: "Hello" });
    expect.verifySteps(["1:1", "mail.mt_comment"]);
});

test("on a phone the placeholder is short: what is cut off tells nothing", async () => {
    mockChoices(INSTAGRAM);
    patchUiSize({ size: SIZES.SM });
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains(".o-mail-Composer-input[placeholder='Message by Instagram…']");
    await click("label[data-channel='note']");
    await contains(".o-mail-Composer-input[placeholder='Internal note']");
});

test("prepared texts stand in place of Odoo's canned responses", async () => {
    mockChoices(INSTAGRAM);
    const { channelId, pyEnv } = await createConversation();
    const otherId = pyEnv["discuss.channel"].create({ name: "General" });
    await start();
    getService("mail.store").hasCannedResponses = true;
    await openDiscuss(channelId);
    await contains("button[title='Insert a prepared text']");
    await click(".o-mail-Composer button[title='More Actions']");
    await contains(".o-dropdown-item", { text: "Attach Files" });
    await contains(".o-dropdown-item", { text: "Insert a Canned response", count: 0 });
    await openDiscuss(otherId);
    await click(".o-mail-Composer button[title='More Actions']");
    await contains(".o-dropdown-item", { text: "Insert a Canned response" });
});

test("another choice is sent by its own key", async () => {
    mockChoices(INSTAGRAM, SMS);
    stepOnPost();
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await click("label[data-channel='sms']");
    await insertText(".o-mail-Composer-input", "Hello");
    await press("Enter");
    await contains(".o-mail-Message", { text: "Hello" });
    expect.verifySteps(["2:2", "mail.mt_comment"]);
});

test("a note has no key", async () => {
    mockChoices(INSTAGRAM);
    stepOnPost();
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains("label.o-selected", { text: "Instagram@ana" });
    await click("label[data-channel='note']");
    await contains(".o-omnichannel-Composer-note");
    await insertText(".o-mail-Composer-input", "Be careful");
    await click("button[title='Save internal note']:enabled");
    await contains(".o-mail-Message.o-omnichannel-note", { text: "Be careful" });
    expect.verifySteps(["no key", "mail.mt_note"]);
});

test("nothing is sent while the choices load", async () => {
    const loading = new Deferred();
    onRpc("omnichannel.conversation", "get_send_choices", async () => {
        await loading;
        return [INSTAGRAM];
    });
    stepOnPost();
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await insertText(".o-mail-Composer-input", "Hello");
    await contains(".o-mail-Composer button[name='send-message']:disabled");
    await press("Enter");
    loading.resolve();
    await contains("label.o-selected", { text: "Instagram@ana" });
    await contains(".o-mail-Message", { count: 0 });
    expect.verifySteps([]);
});

test("when no choice is open, the note is selected and the reason is shown", async () => {
    mockChoices(CLOSED);
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains("label.o-selected[data-channel='note']");
    await contains("input[type='radio']:disabled", { count: 1 });
    await contains(".o-omnichannel-ChannelSelector-hint", {
        text: `No channel is open. Instagram: ${CLOSED.reason}`,
    });
});

test("the way does not change under a text that is being written", async () => {
    let choices = [INSTAGRAM, SMS];
    onRpc("omnichannel.conversation", "get_send_choices", () => choices);
    const thread = await createConversation();
    await start();
    await openDiscuss(thread.channelId);
    await contains("label.o-selected", { text: "Instagram@ana" });
    await insertText(".o-mail-Composer-input", "Hello");
    choices = [SMS, CLOSED];
    const messageId = createMessage(thread, "by SMS", { channel: "sms", channelLabel: "SMS" });
    const { pyEnv, channelId } = thread;
    const [channel] = pyEnv["discuss.channel"].browse(channelId);
    pyEnv["bus.bus"]._sendone(channel, "discuss.channel/new_message", {
        id: channelId,
        data: new mailDataHelpers.Store(pyEnv["mail.message"].browse(messageId)).get_result(),
    });
    await contains(".o-mail-Message", { text: "by SMS" });
    await contains(".o-omnichannel-ChannelSelector-hint", { text: CLOSED.reason });
    await contains("label.o-selected", { text: "Instagram" });
    await contains(".o-mail-Composer button[name='send-message']:disabled");
});

test("a refused message comes back into the composer with the reason", async () => {
    mockChoices(INSTAGRAM);
    onRpc("/mail/message/post", () => {
        throw makeServerError({ type: "UserError", message: "This customer asked for silence." });
    });
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains("label.o-selected", { text: "Instagram@ana" });
    await insertText(".o-mail-Composer-input", "Hello");
    await press("Enter");
    await contains(".o_notification_content", {
        text: "Not sent. This customer asked for silence.",
    });
    await contains(".o-mail-Composer-input", { value: "Hello" });
    await contains(".o-mail-Message", { count: 0 });
});

test("other threads have no selector", async () => {
    const { pyEnv } = await createConversation();
    const channelId = pyEnv["discuss.channel"].create({ name: "general" });
    stepOnPost();
    await start();
    await openDiscuss(channelId);
    await insertText(".o-mail-Composer-input", "Hello");
    await contains(".o-omnichannel-ChannelSelector", { count: 0 });
    await press("Enter");
    await contains(".o-mail-Message", { text: "Hello" });
    expect.verifySteps(["no key", "mail.mt_comment"]);
});
