import { click, contains, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    createCustomer,
    defineOmnichannelModels,
    INSTAGRAM,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { getService, mockService, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const ROW = ".o-omnichannel-InboxRow";
const SELECTED = `${ROW}[aria-current=true]`;
const SNOOZE = "omnichannel_connector.omnichannel_snooze_action";

/** Let a dialog of an action be closed at once. */
function mockDialog(isDialog, onOpen, info) {
    mockService("action", {
        async doAction(action, options) {
            if (!isDialog(action)) {
                return super.doAction(...arguments);
            }
            onOpen();
            await options.onClose(info);
            expect.step("dialog closed");
        },
    });
}

/** Ana is open; Ben and Cleo, who wrote before, are the next ones. */
async function openAna() {
    mockChoices(INSTAGRAM);
    const thread = await createConversation({ last_at: "2026-01-01 10:00:03.000000" }, false);
    createCustomer(thread.pyEnv, "Ben", { id: 8, last_at: "2026-01-01 10:00:02.000000" });
    createCustomer(thread.pyEnv, "Cleo", { id: 9, last_at: "2026-01-01 10:00:01.000000" });
    await start();
    await getService("action").doAction({
        tag: "omnichannel_connector.inbox",
        type: "ir.actions.client",
    });
    await contains(ROW, { count: 3 });
    await click(ROW, { text: "Ana" });
    await contains(SELECTED, { text: "Ana" });
    return thread;
}

function change({ pyEnv, channelId }, values) {
    const [channel] = pyEnv["discuss.channel"].browse(channelId);
    const omnichannel = { ...channel.omnichannel, ...values };
    pyEnv["discuss.channel"].write([channelId], { omnichannel });
}

test("who snoozes by the button goes on with the next customer", async () => {
    let thread;
    mockDialog(
        (action) => action === SNOOZE,
        () => change(thread, { state: "snoozed" })
    );
    thread = await openAna();
    await click("button[title='Snooze conversation']");
    await expect.waitForSteps(["dialog closed"]);
    await contains(ROW, { count: 2 });
    await contains(SELECTED, { text: "Ben" });
    await contains(".o-mail-DiscussContent-threadName[title=Ben]");
});

test("who does not snooze after all stays", async () => {
    mockDialog(
        (action) => action === SNOOZE,
        () => {},
        { special: true }
    );
    await openAna();
    await click("button[title='Snooze conversation']");
    await expect.waitForSteps(["dialog closed"]);
    await contains(ROW, { count: 3 });
    await contains(SELECTED, { text: "Ana" });
});

test("who closes by the button goes on with the next customer", async () => {
    let thread;
    onRpc("omnichannel.conversation", "action_close", () => {
        change(thread, { state: "closed" });
        return false;
    });
    thread = await openAna();
    await click("button[title='Close conversation']");
    await contains(ROW, { count: 2 });
    await contains(SELECTED, { text: "Ben" });
    await contains(".o-omnichannel-Inbox-closed", { text: "Closed: Ana" });
});

test("who hands a customer over, and sees them no more, goes on with the next one", async () => {
    let thread;
    onRpc("omnichannel.conversation", "action_hand_over", () => ({ res_model: "x" }));
    onRpc("omnichannel.conversation", "search", () => []);
    mockDialog(
        (action) => action?.res_model === "x",
        () => change(thread, { user_id: 99, user_name: "Bob", state: "theirs" })
    );
    thread = await openAna();
    await click("button[title='Hand over']");
    await expect.waitForSteps(["dialog closed"]);
    await contains(ROW, { count: 2 });
    await contains(SELECTED, { text: "Ben" });
    await contains(".o-mail-DiscussContent-threadName[title=Ben]");
});
