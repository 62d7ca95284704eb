import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    createMessage,
    defineOmnichannelModels,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const CLAIM = {
    id: 41,
    kind: "email",
    value: "ana@example.com",
    evidence: "Typed in a message of 2026-11-22 (Instagram)",
    verification: false,
};

/** Open the panel of a customer who typed an address, and tell what is called for it. */
async function showClaim(facts = {}) {
    mockChoices();
    const panel = { claims: { conversationId: 7, claims: [{ ...CLAIM, ...facts }] } };
    onRpc("omnichannel.conversation", "get_panel", () => panel);
    for (const method of ["verify_claim", "confirm_claim", "dismiss_claim"]) {
        onRpc("omnichannel.conversation", method, ({ args }) => {
            expect.step(`${method} ${args.join(" ")}`);
            return true;
        });
    }
    const thread = await createConversation();
    createMessage(thread, "I am ana@example.com");
    await start();
    await openDiscuss(thread.channelId);
    await click("button[title=\"Customer's record\"], button[name='omnichannel-panel']");
    await contains(".o-omnichannel-ClaimSection:contains('Says this is theirs')");
    return panel;
}

test("an address that was typed is shown with where it was typed", async () => {
    await showClaim();
    await contains(".o-omnichannel-ClaimSection:contains('ana@example.com')");
    await contains(`.o-omnichannel-ClaimSection:contains("${CLAIM.evidence}")`);
    await contains(".o-omnichannel-ClaimSection button", { count: 4 });
});

test("a code is sent to it", async () => {
    await showClaim();
    await click(".o-omnichannel-ClaimSection button", { text: "Send a code" });
    await expect.waitForSteps(["verify_claim 7 41 code"]);
});

test("a link is sent to it", async () => {
    await showClaim();
    await click(".o-omnichannel-ClaimSection button", { text: "Send a link" });
    await expect.waitForSteps(["verify_claim 7 41 link"]);
});

test("a link is not offered for a phone number", async () => {
    await showClaim({ kind: "phone", value: "+12025550123" });
    await contains(".o-omnichannel-ClaimSection button", { text: "Send a code" });
    await contains(".o-omnichannel-ClaimSection button", { text: "Send a link", count: 0 });
});

test("a person confirms it only after a question", async () => {
    await showClaim();
    await click(".o-omnichannel-ClaimSection button", { text: "Confirmed by me" });
    await contains(".modal-body:contains('not because it was typed')");
    await click(".modal-footer button", { text: "Not yet" });
    await contains(".modal", { count: 0 });
    expect.verifySteps([]);

    await click(".o-omnichannel-ClaimSection button", { text: "Confirmed by me" });
    await click(".modal-footer button", { text: "It is theirs" });
    await expect.waitForSteps(["confirm_claim 7 41"]);
});

test("what is not theirs disappears", async () => {
    const panel = await showClaim();
    delete panel.claims;
    await click(".o-omnichannel-ClaimSection button", { text: "Not theirs" });
    await expect.waitForSteps(["dismiss_claim 7 41"]);
    await contains(".o-omnichannel-ClaimSection", { count: 0 });
});

test("a code under way says until when it is valid", async () => {
    await showClaim({
        verification: {
            method: "code",
            state: "pending",
            stateLabel: "Waiting",
            reason: "",
            until: "2026-11-22 10:00:00",
            attemptsLeft: 4,
        },
    });
    await contains(".o-omnichannel-ClaimSection [role='status']:contains('attempts left: 4')");
});

test("a code that failed says why", async () => {
    await showClaim({
        verification: {
            method: "code",
            state: "failed",
            stateLabel: "Failed",
            reason: "Mailbox unknown",
            until: "2026-11-22 10:00:00",
            attemptsLeft: 5,
        },
    });
    await contains(".o-omnichannel-ClaimSection [role='status']:contains('Mailbox unknown')");
});
