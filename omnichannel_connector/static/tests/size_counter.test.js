import { click, contains, insertText, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import { MEASURE_DELAY } from "@omnichannel_connector/core/common/size_counter";
import {
    createConversation,
    defineOmnichannelModels,
    INSTAGRAM,
    mockChoices,
    SMS,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { advanceTime, describe, expect, test } from "@odoo/hoot";
import { Deferred } from "@odoo/hoot-mock";
import { makeServerError, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const COUNTER = ".o-omnichannel-SizeCounter";

async function openComposer(...choices) {
    mockChoices(...choices);
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains("label.o-selected", { text: choices[0].label });
}

async function write(text) {
    await insertText(".o-mail-Composer-input", text, { replace: true });
    await advanceTime(MEASURE_DELAY);
}

test("the segments of an SMS are counted by the server, once nobody types", async () => {
    onRpc("omnichannel.conversation", "measure", ({ args: [ids, key, text] }) => {
        expect.step(`${ids} ${key} ${text}`);
        return { used: 180, limit: 306, unit: "GSM-7", parts: 2 };
    });
    await openComposer(SMS);
    await contains(`${COUNTER} i`, { count: 0 });
    await insertText(".o-mail-Composer-input", "a long");
    await write("a long text");
    await contains(`${COUNTER} .fw-bold`, { text: "2 SMS · 180/306 GSM-7" });
    await contains(`${COUNTER} [role='status']`, { text: "The text will be split: 2 SMS" });
    expect.verifySteps(["7 2:2 a long text"]);
});

test("a text that fits is no reason to warn", async () => {
    onRpc("omnichannel.conversation", "measure", () => ({
        used: 12,
        limit: 1000,
        unit: "bytes",
        parts: 1,
    }));
    await openComposer(INSTAGRAM);
    await write("Hello Ana 🙂");
    await contains(`${COUNTER} span`, { text: "12/1000 bytes" });
    await contains(`${COUNTER} .fw-bold`, { count: 0 });
});

test("notes and channels without a limit are not counted", async () => {
    onRpc("omnichannel.conversation", "measure", () => expect.step("measure"));
    await openComposer({ ...SMS, channel: "email", label: "E-mail", unit: "characters", limit: 0 });
    await write("Hello");
    await click("label[data-channel='note']");
    await write("Hello you");
    expect.verifySteps([]);
    await contains(`${COUNTER} i`, { count: 0 });
});

test("a count that comes after the channel was changed is not shown", async () => {
    const measured = new Deferred();
    onRpc("omnichannel.conversation", "measure", async () => {
        expect.step("measure");
        await measured;
        return { used: 5, limit: 160, unit: "GSM-7", parts: 1 };
    });
    await openComposer(SMS, INSTAGRAM);
    await write("Hello");
    await expect.waitForSteps(["measure"]);
    await click("label[data-channel='note']");
    measured.resolve();
    await contains("label.o-selected", { text: "Note" });
    await contains(`${COUNTER} i`, { count: 0 });
});

test("a server that cannot count is no obstacle", async () => {
    onRpc("omnichannel.conversation", "measure", () => {
        throw makeServerError({ message: "no such method" });
    });
    await openComposer(SMS);
    await write("Hello");
    await contains(".o-mail-Composer button[name='send-message']:enabled");
    await contains(`${COUNTER} i`, { count: 0 });
});
