import { click, contains, insertText, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    createMessage,
    defineOmnichannelModels,
    mockChoices,
    SMS,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const REPLIES = ".o-omnichannel-SuggestedReplies";
const LEARNED = {
    key: "omnichannel.answer,3",
    id: 3,
    source: "learned",
    name: "How much is shipping?",
    text: "Shipping is 5 euros.",
};

async function openThread(suggested) {
    mockChoices(SMS);
    onRpc("omnichannel.conversation", "get_suggested_replies", () => suggested);
    onRpc("/mail/message/post", () => expect.step("post"));
    const thread = await createConversation();
    createMessage(thread, "What does delivery cost?", { direction: "inbound" });
    await start();
    await openDiscuss(thread.channelId);
    return thread;
}

test("a suggested reply goes into the composer and is not sent", async () => {
    await openThread({ replies: [LEARNED], canWrite: false });
    await click(`${REPLIES}-reply`, { text: "Shipping is 5 euros." });
    await contains(".o-mail-Composer-input", { value: "Shipping is 5 euros." });
    await contains(REPLIES, { count: 0 });
    expect.verifySteps([]);
});

test("who writes already sees no suggestion, and without any there is no row", async () => {
    await openThread({ replies: [LEARNED], canWrite: false });
    await contains(`${REPLIES}-reply`);
    await insertText(".o-mail-Composer-input", "Hello");
    await contains(REPLIES, { count: 0 });
});

test("a writing service that fails leaves a hint and an empty composer", async () => {
    await openThread({ replies: [], canWrite: true });
    onRpc("/omnichannel/writing", () => ({ text: "", hint: "It took too long." }));
    await click(`${REPLIES}-draft`);
    await contains(`${REPLIES}-hint`, { text: "It took too long." });
    await contains(".o-mail-Composer-input", { value: "" });
});

test("catching up shows what is open and marks what is internal", async () => {
    onRpc("omnichannel.conversation", "get_catch_up", () => ({
        questions: [
            {
                text: "Is it dimmable?",
                messageId: 1,
                by: "customer",
                isInternal: false,
                author: "Ana",
                at: "2026-01-01 10:00:00",
            },
        ],
        promises: [
            {
                text: "I will offer her ten percent",
                messageId: 2,
                by: "us",
                isInternal: true,
                author: "Ada",
                at: "2026-01-01 10:00:00",
            },
        ],
        channels: [],
        count: 2,
        canWrite: false,
    }));
    await openThread({ replies: [], canWrite: false });
    await click('[title="Catch me up"]');
    await contains(".o-omnichannel-CatchUp-line", { text: "Is it dimmable?" });
    await contains(".o-omnichannel-CatchUp-line", { text: "Internal note" });
    await contains(REPLIES, { count: 0 });
});
