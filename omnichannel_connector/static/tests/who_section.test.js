import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    defineOmnichannelModels,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { press, queryFirst } from "@odoo/hoot-dom";
import { onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const WHO = ".o-omnichannel-WhoSection";
const NUMBER = {
    id: 5,
    kind: "phone",
    kindLabel: "Phone",
    address: "+12025550123",
    trust: "observed",
    trustLabel: "Observed",
    evidence: "Delivered by SMS",
    firstSeen: "2026-01-02 10:00:00",
    lastSeen: "2026-03-04 10:00:00",
    validity: "valid",
    validityLabel: "Works",
    validityReason: "",
    isShared: true,
    isOptedOut: false,
};
const PEOPLE = [
    { id: 11, name: "Ana", detail: "Lisbon" },
    { id: 12, name: "Bob", detail: "" },
];

/** Open the panel of a conversation, and tell what is called for it. */
async function openPanel(who) {
    const values = {
        identities: [NUMBER],
        candidates: [],
        moreCount: 0,
        isUnclear: false,
        isHousehold: false,
        speakerId: false,
        ...who,
    };
    mockChoices();
    onRpc("omnichannel.conversation", "get_panel", () => ({ who: values }));
    const answers = ["candidate", "household", "somebody_else"].map((name) => `action_is_${name}`);
    for (const method of [...answers, "action_ask_again", "action_set_speaker"]) {
        onRpc("omnichannel.conversation", method, ({ args }) => {
            expect.step([method, ...args.flat()].join(" "));
            return true;
        });
    }
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains("label[data-channel='note']");
    if (!document.querySelector(".o-omnichannel-Panel")) {
        await click('button[title="Customer\'s record"]');
    }
    await contains(WHO);
    return values;
}

test("an agent says who of the candidates it is", async () => {
    const values = await openPanel({ isUnclear: true, candidates: PEOPLE });
    await contains(`${WHO} h5`, { text: "Who is this?" });
    await contains(`${WHO}-candidate`, { count: 2 });
    await contains(`${WHO}-candidate:contains('Lisbon')`);
    values.isUnclear = false;
    await click(`${WHO}-candidate`, { text: "This is Bob" });
    await expect.waitForSteps(["action_is_candidate 7 12"]);
    await contains(`${WHO}-candidate`, { count: 0 });
    await contains(`${WHO} h5`, { text: "Addresses" });
});

test("candidates that are too many are told", async () => {
    await openPanel({ isUnclear: true, candidates: PEOPLE, moreCount: 30 });
    await contains(`${WHO} span`, { text: "30 more are in the conversation's form." });
});

test("a candidate is chosen with the keyboard", async () => {
    await openPanel({ isUnclear: true, candidates: PEOPLE });
    queryFirst(`${WHO}-candidate`).focus();
    await press("Enter");
    await expect.waitForSteps(["action_is_candidate 7 11"]);
});

test("it may be a household", async () => {
    const values = await openPanel({ isUnclear: true, candidates: PEOPLE });
    Object.assign(values, { isUnclear: false, isHousehold: true });
    await click(`${WHO} button`, { text: "A household" });
    await expect.waitForSteps(["action_is_household 7"]);
    await contains(`${WHO} h5`, { text: "A household: who is speaking?" });
});

test("it may be somebody else", async () => {
    await openPanel({ isUnclear: true, candidates: PEOPLE });
    await click(`${WHO} button`, { text: "Somebody else" });
    await expect.waitForSteps(["action_is_somebody_else 7"]);
});

test("who of a household is speaking is chosen, and taken back", async () => {
    const values = await openPanel({ isHousehold: true, candidates: PEOPLE });
    await contains(`${WHO}-speaker[aria-pressed='false']`, { count: 2 });
    values.speakerId = 11;
    await click(`${WHO}-speaker`, { text: "Ana" });
    await expect.waitForSteps(["action_set_speaker 7 11"]);
    await contains(`${WHO}-speaker[aria-pressed='true']:enabled`, { text: "Ana" });
    values.speakerId = false;
    await click(`${WHO}-speaker[aria-pressed='true']`, { text: "Ana" });
    await expect.waitForSteps(["action_set_speaker 7 false"]);
    await contains(`${WHO}-speaker[aria-pressed='false']:enabled`, { count: 2 });
});

test("what was taken for a household is asked again", async () => {
    await openPanel({ isHousehold: true, candidates: PEOPLE });
    await click(`${WHO} button`, { text: "No household: ask who this is" });
    await expect.waitForSteps(["action_ask_again 7"]);
});

test("each address tells how sure we are of it, and what is wrong with it", async () => {
    await openPanel({
        identities: [
            NUMBER,
            {
                ...NUMBER,
                id: 6,
                kind: "email",
                kindLabel: "E-mail",
                address: "ana@example.com",
                firstSeen: false,
                lastSeen: false,
                validity: "bounced",
                validityLabel: "Bounced",
                validityReason: "No such user",
                isShared: false,
                isOptedOut: true,
            },
        ],
    });
    await contains(`${WHO}-identity`, { count: 2 });
    await contains(`${WHO}-identity i[aria-label='Phone']`);
    await contains(`${WHO}-trust[title='Delivered by SMS']`, { text: "Observed", count: 2 });
    await contains(`${WHO}-identity:contains('Shared'):contains('Seen Jan 2, 2026')`);
    await contains(`${WHO}-identity:contains('Never written from')`);
    await contains(`${WHO}-identity:contains('Bounced: No such user')`);
    await contains(`${WHO}-identity:contains('Wants no messages here')`);
});
