import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import { REFETCH_DELAY } from "@omnichannel_connector/core/web/store_service_patch";
import {
    changeConversation,
    createConversation,
    defineOmnichannelModels,
    INSTAGRAM,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { advanceTime, describe, expect, test } from "@odoo/hoot";
import { onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const MINE = ".o-omnichannel-DiscussSidebarCategory-mine";
const UNASSIGNED = ".o-omnichannel-DiscussSidebarCategory-unassigned";

test("a customer of mine stands below my customers", async () => {
    await createConversation();
    await start();
    await openDiscuss();
    await contains(`${MINE} ~ * .o-mail-DiscussSidebarChannel`, { text: "Ana" });
    await contains(UNASSIGNED, { count: 0 });
});

test("an unassigned customer is shown to who is no member, until somebody takes them", async () => {
    const thread = await createConversation({}, false);
    await start();
    await openDiscuss();
    await contains(UNASSIGNED);
    await contains(".o-mail-DiscussSidebarChannel", { text: "Ana" });
    changeConversation(thread, { user_id: 99, user_name: "Bob" });
    await advanceTime(2 * REFETCH_DELAY);
    await contains(".o-mail-DiscussSidebarChannel", { text: "Ana", count: 0 });
    await contains(UNASSIGNED, { count: 0 });
    changeConversation(thread, { user_id: false, user_name: "" });
    await advanceTime(2 * REFETCH_DELAY);
    await contains(".o-mail-DiscussSidebarChannel", { text: "Ana" });
});

test("a colleague's customer leaves the sidebar when another thread is opened", async () => {
    mockChoices(INSTAGRAM);
    const { channelId } = await createConversation({ user_id: 99, user_name: "Bob" }, false);
    await start();
    await openDiscuss(channelId);
    await contains(".o-mail-DiscussSidebarChannel.o-active", { text: "Ana" });
    await contains("button[title='Take over from Bob']", { text: "Take over" });
    await click(".o-mail-Mailbox", { text: "Starred messages" });
    await contains(".o-mail-DiscussSidebarChannel", { text: "Ana", count: 0 });
});

test("the header offers what can be done with the conversation, and no calls or invitations", async () => {
    mockChoices(INSTAGRAM);
    onRpc("omnichannel.conversation", "action_close", ({ args }) => {
        expect.step(`close ${args[0]}`);
        return false;
    });
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains("button[title='Release conversation']");
    await contains("button[title='Open customer']");
    await contains("button[title='Open lead']", { count: 0 });
    await contains("button[title='Start Call']", { count: 0 });
    await contains("button[title='Invite People']", { count: 0 });
    await click("button[title='Close conversation']");
    await expect.waitForSteps(["close 7"]);
});
