import { contains, insertText, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    createMessage,
    defineOmnichannelModels,
    mockChoices,
    SMS,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";
import {
    TYPING_EXPIRY,
    VIEWING_EXPIRY,
    VIEWING_INTERVAL,
} from "@omnichannel_connector/core/web/presence/presence_service";

import { describe, expect, test } from "@odoo/hoot";
import { advanceTime } from "@odoo/hoot-mock";
import { asyncStep, onRpc, serverState, waitForSteps } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

/** Open a thread; note what is told about what the user does there. */
async function openThread() {
    mockChoices(SMS);
    onRpc("discuss.channel", "notify_omnichannel_presence", ({ args, kwargs }) => {
        if (args[1] !== "left") {
            asyncStep([args[1], kwargs.way, kwargs.is_new && "new"].filter(Boolean).join(" "));
        }
        return true;
    });
    onRpc("/discuss/channel/notify_typing", () => asyncStep("Odoo's own"));
    const thread = await createConversation();
    createMessage(thread, "Hello", { channel: "sms", key: SMS.key });
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-mail-Message", { text: "Hello" });
    await waitForSteps(["viewing new"]);
    return thread;
}

/** Let a colleague do something in the thread. */
function tell({ pyEnv, channelId }, news) {
    const [channel] = pyEnv["discuss.channel"].browse(channelId);
    pyEnv["bus.bus"]._sendone(channel, "omnichannel/presence", {
        channel_id: channelId,
        partner_id: 4711,
        name: "Bo",
        tab: "b",
        activity: "viewing",
        way: "",
        way_label: "",
        is_new: false,
        ...news,
    });
}

test("colleagues who look or write are shown above the composer", async () => {
    const thread = await openThread();
    await contains(".o-omnichannel-Colleagues span", { count: 0 });
    tell(thread, {});
    await contains(".o-omnichannel-Colleagues-viewing", { text: "Also here: Bo" });
    tell(thread, { activity: "typing", way: "note" });
    await contains(".o-omnichannel-Colleagues-typing", { text: "Bo is writing a note…" });
    await contains(".o-omnichannel-Colleagues-viewing", { count: 0 });
    tell(thread, { activity: "typing", way: "sms", way_label: "SMS" });
    await contains(".o-omnichannel-Colleagues-typing", { text: "Bo is writing by SMS…" });
    tell(thread, { partner_id: 4712, name: "Cy", tab: "c" });
    await contains(".o-omnichannel-Colleagues-viewing", { text: "Also here: Cy" });
    tell(thread, { activity: "left" });
    await contains(".o-omnichannel-Colleagues-typing", { count: 0 });
    await contains(".o-omnichannel-Colleagues-viewing", { text: "Also here: Cy" });
});

test("one colleague in two tabs is one, and oneself is nobody", async () => {
    const thread = await openThread();
    tell(thread, {});
    tell(thread, { tab: "b2" });
    tell(thread, { partner_id: serverState.partnerId, name: "Mitchell Admin", tab: "m" });
    await contains(".o-omnichannel-Colleagues-viewing", { text: "Also here: Bo" });
    tell(thread, { activity: "left" });
    tell(thread, { partner_id: 4712, name: "Cy", tab: "c" });
    await contains(".o-omnichannel-Colleagues-viewing", { text: "Also here: Bo, Cy" });
});

test("who is not heard of any more disappears", async () => {
    const thread = await openThread();
    tell(thread, { activity: "typing", way: "sms", way_label: "SMS" });
    await contains(".o-omnichannel-Colleagues-typing");
    await advanceTime(TYPING_EXPIRY + 200);
    await contains(".o-omnichannel-Colleagues-typing", { count: 0 });
    await contains(".o-omnichannel-Colleagues-viewing", { text: "Also here: Bo" });
    await advanceTime(VIEWING_EXPIRY);
    await contains(".o-omnichannel-Colleagues-viewing", { count: 0 });
    await waitForSteps(["viewing", "viewing"]);
});

test("who comes in is told who is there", async () => {
    const thread = await openThread();
    tell(thread, { is_new: true });
    await waitForSteps(["viewing"]);
});

test("the user's own doings are told, and Odoo's own sign is not sent besides", async () => {
    await openThread();
    await insertText(".o-mail-Composer-input", "a");
    await waitForSteps(["typing sms"]);
    await insertText(".o-mail-Composer-input", "b");
    await advanceTime(100);
    expect.verifySteps([]);
    await advanceTime(VIEWING_INTERVAL);
    await waitForSteps(["viewing", "viewing"]);
});
