import { click, contains, insertText, start } from "@mail/../tests/mail_test_helpers";
import { REFETCH_DELAY } from "@omnichannel_connector/core/web/store_service_patch";
import {
    changeConversation,
    createConversation,
    createCustomer,
    defineOmnichannelModels,
    INSTAGRAM,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { advanceTime, animationFrame, describe, expect, press, test } from "@odoo/hoot";
import { browser } from "@web/core/browser/browser";
import { getService, onRpc, serverState } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const ROW = ".o-omnichannel-InboxRow";
const BOX = ".o-omnichannel-InboxChoices-choice";
const STORED = `omnichannel.inbox.${serverState.userId}`;

async function openInbox(activeId) {
    mockChoices(INSTAGRAM);
    await start();
    await getService("action").doAction({
        tag: "omnichannel_connector.inbox",
        type: "ir.actions.client",
        context: activeId ? { active_id: `discuss.channel_${activeId}` } : {},
    });
    await contains(".o-omnichannel-InboxList");
}

/** Ana, whom nobody has taken, and Ben and Cleo, who wrote before. */
async function createCustomers() {
    const thread = await createConversation({ last_at: "2026-01-01 10:00:03.000000" }, false);
    createCustomer(thread.pyEnv, "Ben", { id: 8, last_at: "2026-01-01 10:00:02.000000" });
    createCustomer(thread.pyEnv, "Cleo", { id: 9, last_at: "2026-01-01 10:00:01.000000" });
    return thread;
}

test("the chosen box shows its customers, newest first, with counts and the thread beside", async () => {
    await createCustomers();
    await openInbox();
    await contains(ROW, { count: 3 });
    await contains(`li:nth-child(1) ${ROW}`, { text: "Ana" });
    await contains(`li:nth-child(3) ${ROW}`, { text: "Cleo" });
    await contains(`${BOX}[data-box=waiting_us][aria-current=true] .badge`, { text: "3" });
    await click(ROW, { text: "Ben" });
    await contains(`${ROW}[aria-current=true]`, { text: "Ben" });
    await contains(".o-mail-DiscussContent-threadName[title=Ben]");
    await contains(".o-mail-Composer-input:focus");
});

test("another box is chosen and remembered", async () => {
    await createCustomers();
    await openInbox();
    await click(`${BOX}[data-box=mine]`);
    await contains(".o-omnichannel-InboxEmpty", { text: "You have no open conversation." });
    expect(JSON.parse(browser.localStorage.getItem(STORED)).box).toBe("mine");
});

test("a customer whom a colleague takes leaves the box, and comes back on top", async () => {
    const thread = await createCustomers();
    await openInbox();
    await click(`${BOX}[data-box=unassigned]`);
    await contains(ROW, { count: 3 });
    onRpc("omnichannel.conversation", "get_inbox", () => expect.step("all"));
    changeConversation(thread, { user_id: 99, user_name: "Bob" });
    await advanceTime(2 * REFETCH_DELAY);
    await contains(ROW, { count: 2 });
    await contains(`${BOX}[data-box=unassigned] .badge`, { text: "2" });
    const last_at = "2026-01-02 10:00:00.000000";
    changeConversation(thread, { user_id: false, user_name: "", preview: "News", last_at });
    await advanceTime(2 * REFETCH_DELAY);
    await contains(`li:nth-child(1) ${ROW}`, { text: "News" });
    expect.verifySteps([]); // only what changed is read again
});

test("what comes in moves neither the selection nor the text that is written", async () => {
    const thread = await createCustomers();
    await openInbox();
    await click(ROW, { text: "Cleo" });
    await contains(".o-mail-Composer-input:focus");
    await insertText(".o-mail-Composer-input", "It is je");
    changeConversation(thread, { preview: "News", last_at: "2026-01-02 10:00:00.000000" });
    await advanceTime(2 * REFETCH_DELAY);
    await contains(`li:nth-child(1) ${ROW}`, { text: "News" });
    await contains(`${ROW}[aria-current=true]`, { text: "Cleo" });
    await contains(".o-mail-Composer-input", { value: "It is je" });
});

test("keys lead from customer to customer and do nothing while one writes", async () => {
    await createCustomers();
    await openInbox();
    await contains(ROW, { count: 3 });
    await press("j");
    await contains(`${ROW}[aria-current=true]:focus`, { text: "Ana" });
    await press("j");
    await contains(`${ROW}[aria-current=true]:focus`, { text: "Ben" });
    await press("ArrowUp");
    await contains(`${ROW}[aria-current=true]:focus`, { text: "Ana" });
    await contains(".o-mail-Composer-input:focus", { count: 0 });
    await press("r");
    await contains(".o-mail-Composer-input:focus");
    await press("j");
    await animationFrame();
    await contains(`${ROW}[aria-current=true]`, { text: "Ana" });
    await press("Escape");
    await contains(`${ROW}[aria-current=true]:focus`, { text: "Ana" });
    await press("n");
    await contains(".o-omnichannel-ChannelSelector-option.o-selected[data-channel=note]");
});

test("who closes by key goes on with the next customer", async () => {
    const { pyEnv, channelId } = await createCustomers();
    onRpc("omnichannel.conversation", "action_close", ({ args }) => {
        expect.step(`close ${args[0]}`);
        const [channel] = pyEnv["discuss.channel"].browse(channelId);
        const omnichannel = { ...channel.omnichannel, state: "closed" };
        pyEnv["discuss.channel"].write([channelId], { omnichannel });
        return false;
    });
    await openInbox();
    await contains(ROW, { count: 3 });
    await press("j");
    await contains(`${ROW}[aria-current=true]`, { text: "Ana" });
    await contains("button[title='Close conversation']");
    await press("e");
    await expect.waitForSteps(["close 7"]);
    await contains(ROW, { count: 2 });
    await contains(`${ROW}[aria-current=true]`, { text: "Ben" });
    await contains(".o_notification", { count: 0 });
    await contains(".o-omnichannel-Inbox-closed", { text: "Closed: Ana" });
    onRpc("omnichannel.conversation", "action_reopen", ({ args }) => {
        expect.step(`reopen ${args[0]}`);
        return false;
    });
    await click(".o-omnichannel-Inbox-closed button", { text: "Reopen" });
    await expect.waitForSteps(["reopen 7"]);
    await contains(".o-omnichannel-Inbox-closed", { count: 0 });
});

test("customers are searched, here or everywhere", async () => {
    const { pyEnv } = await createCustomers();
    createCustomer(pyEnv, "Dora", { id: 10, state: "closed" });
    onRpc("omnichannel.conversation", "get_inbox", ({ kwargs }) => {
        if (kwargs.box === "any") {
            expect.step(kwargs.search);
            return { rows: [], next: false, counts: {} };
        }
    });
    await openInbox();
    await contains(ROW, { count: 3 });
    await press("/");
    await contains(".o-omnichannel-InboxList-search:focus");
    await insertText(".o-omnichannel-InboxList-search", "be");
    await advanceTime(1000);
    await contains(ROW, { count: 1, text: "Ben" });
    await insertText(".o-omnichannel-InboxList-search", "dora", { replace: true });
    await advanceTime(1000);
    await contains(".o-omnichannel-InboxEmpty", { text: "No customer found" });
    await click("button", { text: "Search all conversations" });
    await expect.waitForSteps(["dora"]);
    await click("button", { text: "Clear search" });
    await contains(ROW, { count: 3 });
});

test("what could not be read is said, and tried again", async () => {
    await createCustomers();
    let isBroken = true;
    onRpc("omnichannel.conversation", "get_inbox", () => {
        if (isBroken) {
            throw new Error("database is gone");
        }
    });
    await openInbox();
    await contains("[role=alert]", { text: "The inbox could not be read." });
    await contains(".o-omnichannel-InboxEmpty", { count: 0 });
    isBroken = false;
    await click("button", { text: "Try again" });
    await contains(ROW, { count: 3 });
    await contains("[role=alert]", { count: 0 });
});

test("without an account who may connect one is led there, others are told whom to ask", async () => {
    await createConversation({ state: "snoozed" }, false);
    onRpc("omnichannel.conversation", "get_inbox_setup", () => ({
        boxes: ["mine", "waiting_us"],
        channels: [],
        searches: [],
        canConfigure: false,
    }));
    await openInbox();
    await contains(".o-omnichannel-InboxEmpty", { text: "Ask your administrator to connect one." });
});

test("a conversation is opened by its address, also one that is in no box", async () => {
    const { channelId } = await createConversation({ state: "closed" }, false);
    await openInbox(channelId);
    await contains(".o-mail-DiscussContent-threadName[title=Ana]");
    await contains(ROW, { count: 0 });
});

test("who looks at a customer's messages has seen them", async () => {
    const thread = await createConversation({ unread_count: 1 }, false);
    const { pyEnv, channelId, partnerId } = thread;
    const messageId = pyEnv["mail.message"].create({
        author_id: partnerId,
        body: "Hello",
        message_type: "comment",
        model: "discuss.channel",
        res_id: channelId,
    });
    onRpc("omnichannel.conversation", "mark_seen", ({ args }) => {
        expect.step(args);
        return 0;
    });
    await openInbox();
    await contains(`${ROW} .badge`, { text: "1 unread" });
    await click(ROW, { text: "Ana" });
    await expect.waitForSteps([[[7], messageId]]);
    await contains(`${ROW} .badge`, { count: 0 });
});

test("the help lists the keys", async () => {
    await createCustomers();
    await openInbox();
    await press("?");
    await contains(".o_dialog kbd", { text: "j" });
    await press("j");
    await animationFrame();
    await contains(`${ROW}[aria-current=true]`, { count: 0 });
});

test("pages follow, and rows that come twice are shown once", async () => {
    const { pyEnv } = await createConversation({}, false);
    for (let number = 0; number < 60; number++) {
        const last_at = `2025-12-01 10:${String(59 - number).padStart(2, "0")}:00.000000`;
        createCustomer(pyEnv, `Customer ${number}`, { id: 100 + number, last_at });
    }
    await openInbox();
    await contains(ROW, { count: 40 });
    await click("button", { text: "Show more" });
    await contains(ROW, { count: 61 });
    await contains("button", { text: "Show more", count: 0 });
});
