import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    changeMessage,
    createConversation,
    createMessage,
    defineOmnichannelModels,
    mockChoices,
    SMS,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { mockService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";

describe.current.tags("desktop");
defineOmnichannelModels();

const SECTION = ".o-omnichannel-ConsentSection";
const PROPOSAL = {
    id: 5,
    wants: "stop",
    channel: "sms",
    channelLabel: "SMS",
    isMarketing: false,
    words: "please stop texting me",
};
const LINE = {
    identity: 3,
    address: "+12025550123",
    channel: "sms",
    channelLabel: "SMS",
    purpose: "service",
    purposeLabel: "Service",
    allowed: true,
    reason: "",
    words: "",
    since: false,
    isLocked: false,
};
const REFUSED = {
    ...LINE,
    purpose: "marketing",
    purposeLabel: "Marketing",
    allowed: false,
    reason: "Never agreed to offers and news here.",
};

/** Open the panel of a customer of whom this is known; tell each time that it is loaded. */
async function openPanel(consent) {
    mockChoices();
    onRpc("omnichannel.conversation", "get_panel", () => {
        expect.step("get_panel");
        return { consent: { lines: [], proposals: [], ...consent } };
    });
    const thread = await createConversation();
    await start();
    await openDiscuss(thread.channelId);
    await click('[title="Customer\'s record"]');
    await contains(SECTION);
    await expect.waitForSteps(["get_panel"]);
}

test("each address says what it allows, and why not", async () => {
    await openPanel({ lines: [LINE, REFUSED] });
    await contains(`${SECTION} strong`, { text: "+12025550123" });
    await contains(`${SECTION} li[data-purpose='service']`, { text: "Allowed" });
    await contains(`${SECTION} li[data-purpose='marketing']`, { text: REFUSED.reason });
    await contains(`${SECTION} li[data-purpose='marketing'] .badge`, { text: "Not allowed" });
});

test("what only the customer can take back can't be granted", async () => {
    await openPanel({ lines: [{ ...REFUSED, isLocked: true }] });
    await contains(`${SECTION} li`, { text: "Only the customer can take this back." });
    await contains(`${SECTION} li button`, { count: 0 });
});

test("what a customer said is noted in a small form, then shown", async () => {
    mockService("action", {
        async doAction(action, { additionalContext, onClose } = {}) {
            if (action === "omnichannel_connector.omnichannel_consent_note_action") {
                expect.step(additionalContext);
                onClose();
                return undefined;
            }
            return super.doAction(...arguments);
        },
    });
    await openPanel({ lines: [REFUSED] });
    await click(`${SECTION} button[aria-label='Grant SMS, Marketing']`);
    await expect.waitForSteps([
        {
            default_identity_id: 3,
            default_channel: "sms",
            default_purpose: "marketing",
            default_state: "granted",
        },
        "get_panel",
    ]);
});

test("the link of the preference page is copied and sent", async () => {
    patchWithCleanup(browser.navigator.clipboard, {
        writeText: async (text) => expect.step(text),
    });
    onRpc("omnichannel.conversation", "get_preference_link", ({ args }) => {
        expect.step(`link ${args}`);
        return "https://odoo.example.com/p";
    });
    onRpc("omnichannel.conversation", "send_preference_link", ({ args }) => {
        expect.step(`send ${args}`);
        return true;
    });
    await openPanel({ lines: [LINE] });
    await click(`${SECTION} button[title='Copy the link of the preference page']`);
    await expect.waitForSteps(["link 7,3", "https://odoo.example.com/p"]);
    await click(`${SECTION} button[title='Send the link of the preference page']`);
    await expect.waitForSteps(["send 7,3"]);
});

test("a proposal is decided in the panel", async () => {
    onRpc("omnichannel.consent.proposal", "action_record", ({ args }) => {
        expect.step(`record ${args}`);
        return true;
    });
    await openPanel({ proposals: [PROPOSAL] });
    await contains(`${SECTION} blockquote`, { text: "please stop texting me" });
    await click(`${SECTION} button`, { text: "Record" });
    await expect.waitForSteps(["record 5", "get_panel"]);
});

test("a proposal is decided below its message, and goes", async () => {
    mockChoices();
    onRpc("omnichannel.consent.proposal", "action_ignore", ({ args }) => {
        expect.step(`ignore ${args}`);
        return true;
    });
    const thread = await createConversation();
    const messageId = createMessage(thread, PROPOSAL.words, { proposals: [PROPOSAL] });
    await start();
    await openDiscuss(thread.channelId);
    const row = ".o-mail-Message .o-omnichannel-ConsentProposal";
    await contains(row, { text: "Seems to want no more messages by SMS" });
    await click(`${row} button`, { text: "Ignore" });
    await expect.waitForSteps(["ignore 5"]);
    changeMessage(thread, messageId, { proposals: [] });
    await contains(row, { count: 0 });
});

test("the selector warns of an address at which mails came back", async () => {
    mockChoices({ ...SMS, warning: "Unreachable since 3 May: 30003" });
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains(".o-omnichannel-ChannelSelector-hint .fw-bold", {
        text: "Unreachable since 3 May: 30003",
    });
});
