import { click, contains, insertText, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    createMessage,
    defineOmnichannelModels,
    INSTAGRAM,
    mockChoices,
    SMS,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, queryAllTexts, queryValue, test } from "@odoo/hoot";
import { onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const SCHEDULED = {
    id: 5,
    author: "Ada",
    channel: "sms",
    channelLabel: "SMS",
    address: "+12025550123",
    scheduledAt: "2030-01-01 09:00:00",
    preview: "Good morning",
    fileCount: 0,
    state: "waiting",
    reason: "",
};

test("a message is scheduled with all that belongs to it", async () => {
    mockChoices(INSTAGRAM);
    const thread = await createConversation();
    const messageId = createMessage(thread, "When do you open?");
    onRpc("omnichannel.conversation", "schedule_message", ({ args, kwargs }) => {
        expect.step([args[0], args[1], kwargs.seen_ids]);
        return 5;
    });
    await start();
    await openDiscuss(thread.channelId);
    await contains("label.o-selected", { text: "Instagram@ana" });
    await contains("button[title='Send later']:disabled");
    await insertText(".o-mail-Composer-input", "At nine");
    await click("button[title='Send later']:enabled");
    await click(".o-omnichannel-SendLaterDialog button[data-preset='morning']");
    await contains(".o-mail-Composer-input", { value: "" });
    expect.verifySteps([[[7], "1:1", [messageId]]]);
});

test("what is scheduled is listed and goes back into the composer", async () => {
    mockChoices(INSTAGRAM, SMS);
    const reason = "New message from Ana meanwhile";
    const scheduled = { ...SCHEDULED, state: "held_back", reason };
    onRpc("omnichannel.conversation", "get_scheduled", () => [scheduled]);
    onRpc("omnichannel.scheduled", "action_take_back", ({ args }) => {
        expect.step(args[0]);
        return {
            key: SMS.key,
            body: "Good morning",
            subject: "",
            parent_id: false,
            attachment_ids: [],
            store_data: {},
        };
    });
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains("li[data-state='held_back']", { text: "New message from Ana meanwhile" });
    await click(".o-omnichannel-ScheduledList button", { text: "Edit" });
    await contains(".o-mail-Composer-input", { value: "Good morning" });
    await contains("label.o-selected", { text: "SMS" });
    expect.verifySteps([[5]]);
});

test("nobody plans by seconds: no time shows them", async () => {
    mockChoices(INSTAGRAM);
    onRpc("omnichannel.conversation", "get_scheduled", () => [SCHEDULED]);
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains(".o-omnichannel-ScheduledList li:contains('SMS by Ada')");
    await insertText(".o-mail-Composer-input", "At nine");
    await click("button[title='Send later']:enabled");
    await contains(".o-omnichannel-SendLaterDialog button", { count: 2 });
    const times = [
        ...queryAllTexts(".o-omnichannel-ScheduledList li, [data-preset]"),
        queryValue(".o-omnichannel-SendLaterDialog input"),
    ];
    expect(times.filter((text) => /\d:\d\d/.test(text))).toHaveLength(4);
    expect(times.filter((text) => /\d:\d\d:\d\d/.test(text))).toEqual([]);
});
