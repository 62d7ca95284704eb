import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    createMessage,
    defineOmnichannelModels,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";
import { RELOAD_DELAY } from "@omnichannel_connector/core/web/panel/panel";
import { PANEL_OPEN_LS } from "@omnichannel_connector/core/web/panel/panel_state";

import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, Deferred } from "@odoo/hoot-mock";
import { Component, xml } from "@odoo/owl";
import { onRpc } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

describe.current.tags("desktop");
defineOmnichannelModels();

const BUTTON = '.o-mail-DiscussContent-header button[title="Customer\'s record"]';

function emptyRecord() {
    return { record: { partnerId: 1, sections: [] } };
}

test("the panel opens beside the thread, and is open again the next time", async () => {
    mockChoices();
    onRpc("omnichannel.conversation", "get_panel", emptyRecord);
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains(BUTTON);
    await contains(".o-omnichannel-Panel", { count: 0 });
    await click(BUTTON);
    await contains(".o-omnichannel-Panel", { text: "Nothing here yet" });
    expect(browser.localStorage.getItem(PANEL_OPEN_LS)).toBe("true");
    await click(BUTTON);
    await contains(".o-omnichannel-Panel", { count: 0 });
    expect(browser.localStorage.getItem(PANEL_OPEN_LS)).toBe(null);
});

test("who left it open finds it open", async () => {
    mockChoices();
    onRpc("omnichannel.conversation", "get_panel", emptyRecord);
    browser.localStorage.setItem(PANEL_OPEN_LS, "true");
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains(".o-omnichannel-Panel");
});

test("the thread does not wait for the record", async () => {
    mockChoices();
    const answer = new Deferred();
    onRpc("omnichannel.conversation", "get_panel", () => answer);
    browser.localStorage.setItem(PANEL_OPEN_LS, "true");
    const thread = await createConversation();
    createMessage(thread, "Is it in stock?");
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-mail-Message", { text: "Is it in stock?" });
    await contains(".o-omnichannel-Panel", { text: "Loading…" });
    answer.resolve(emptyRecord());
    await contains(".o-omnichannel-Panel", { text: "Nothing here yet" });
});

test("a record that could not be loaded can be tried again", async () => {
    mockChoices();
    let isBroken = true;
    onRpc("omnichannel.conversation", "get_panel", () => {
        if (isBroken) {
            throw new Error("no");
        }
        return emptyRecord();
    });
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await click(BUTTON);
    await contains(".o-omnichannel-Panel [role='alert']");
    isBroken = false;
    await click(".o-omnichannel-Panel button", { text: "Try again" });
    await contains(".o-omnichannel-Panel", { text: "Nothing here yet" });
    await contains(".o-omnichannel-Panel [role='alert']", { count: 0 });
});

test("what changes the conversation several times loads the record once more", async () => {
    mockChoices();
    onRpc("omnichannel.conversation", "get_panel", () => {
        expect.step("get_panel");
        return emptyRecord();
    });
    const { pyEnv, channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await click(BUTTON);
    await contains(".o-omnichannel-Panel", { text: "Nothing here yet" });
    expect.verifySteps(["get_panel"]);
    const [channel] = pyEnv["discuss.channel"].browse(channelId);
    for (const state of ["closed", "open", "closed"]) {
        pyEnv["bus.bus"]._sendone(channel, "mail.record/insert", {
            "discuss.channel": [
                { id: channelId, omnichannel: { ...channel.omnichannel, state, lead_id: 4 } },
            ],
        });
    }
    await contains(".o-mail-DiscussContent-header button", { text: "Reopen" });
    await advanceTime(RELOAD_DELAY);
    await contains(".o-omnichannel-Panel", { text: "Nothing here yet" });
    expect.verifySteps(["get_panel"]);
});

test("another addon's section stands where it wants to", async () => {
    mockChoices();
    class First extends Component {
        static template = xml`<p class="o-test-first" t-esc="props.values.text"/>`;
        static props = ["*"];
    }
    const panelRegistry = registry.category("omnichannel.panel");
    panelRegistry.add("first", First, { sequence: 1 });
    onRpc("omnichannel.conversation", "get_panel", () => ({
        ...emptyRecord(),
        first: { text: "I come first" },
        unknown: {},
    }));
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await click(BUTTON);
    await contains(".o-omnichannel-Panel > :first-child", { text: "I come first" });
    panelRegistry.remove("first");
});
