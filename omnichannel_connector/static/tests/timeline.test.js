import { click, contains, start } from "@mail/../tests/mail_test_helpers";
import { defineOmnichannelModels } from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { mountView, onRpc, serverState } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

function entry(id, values = {}) {
    return {
        id,
        channel: "sms",
        channelLabel: "SMS",
        direction: "inbound",
        who: "Ana",
        occurredAt: "2026-11-22 09:30:00",
        preview: `Message ${id}`,
        isRetracted: false,
        state: "received",
        stateLabel: "Received",
        error: "",
        attachments: 0,
        call: null,
        threadId: 5,
        mailMessageId: 100 + id,
        ...values,
    };
}

const CHANNELS = [
    { code: "sms", label: "SMS", count: 3 },
    { code: "instagram", label: "Instagram", count: 1 },
];

async function openForm(answer) {
    onRpc("res.partner", "get_omnichannel_timeline", ({ kwargs }) => answer(kwargs));
    await start();
    await mountView({
        type: "form",
        resModel: "res.partner",
        resId: serverState.partnerId,
        arch: `<form><widget name="omnichannel_timeline"/></form>`,
    });
}

test("entries tell channel, direction, who, text, files and how it went", async () => {
    await openForm(() => ({
        entries: [
            entry(4, {
                direction: "outbound",
                who: "Ada",
                state: "failed",
                stateLabel: "Not sent",
                error: "No such number",
                attachments: 2,
            }),
            entry(3, {
                channel: "voice",
                channelLabel: "Voice",
                call: { state: "ended", seconds: 75 },
                stateLabel: "Ended",
            }),
            entry(2, { isRetracted: true, preview: "" }),
        ],
        hasMore: false,
        channels: CHANNELS,
    }));
    await contains(".o-omnichannel-Timeline-entry", { count: 3 });
    await contains(".o-omnichannel-Timeline-entry:eq(0)", { text: "Not sent: No such number" });
    await contains(".o-omnichannel-Timeline-entry:eq(0)", { text: "2 files" });
    await contains(".o-omnichannel-Timeline-entry:eq(1)", { text: "1:15" });
    await contains(".o-omnichannel-Timeline-entry:eq(2)", { text: "This message was taken back" });
    await contains(".o-omnichannel-Timeline button", { text: "Older", count: 0 });
});

test("it is filtered by channel and by direction", async () => {
    await openForm((kwargs) => {
        expect.step(`${kwargs.channel} ${kwargs.direction}`);
        return { entries: [entry(1)], hasMore: false, channels: CHANNELS };
    });
    await contains(".o-omnichannel-Timeline label[data-channel='all'] .badge", { text: "4" });
    await click(".o-omnichannel-Timeline label[data-channel='instagram']");
    await click(".o-omnichannel-Timeline label[data-direction='outbound']");
    await expect.waitForSteps(["false false", "instagram false", "instagram outbound"]);
    await contains(".o-omnichannel-Timeline input:checked", { count: 2 });
});

test("older ones follow below", async () => {
    await openForm(({ before_id }) =>
        before_id
            ? { entries: [entry(before_id - 1)], hasMore: false }
            : { entries: [entry(9)], hasMore: true, channels: CHANNELS }
    );
    await contains(".o-omnichannel-Timeline-entry", { count: 1 });
    await click(".o-omnichannel-Timeline button", { text: "Older" });
    await contains(".o-omnichannel-Timeline-entry", { count: 2 });
    await contains(".o-omnichannel-Timeline-entry:eq(1)", { text: "Message 8" });
    await contains(".o-omnichannel-Timeline button", { text: "Older", count: 0 });
});

test("nothing said yet, and what could not be loaded", async () => {
    let isBroken = true;
    await openForm(() => {
        if (isBroken) {
            throw new Error("no");
        }
        return { entries: [], hasMore: false, channels: [] };
    });
    await contains(".o-omnichannel-Timeline [role='alert']");
    isBroken = false;
    await click(".o-omnichannel-Timeline button", { text: "Try again" });
    await contains(".o-omnichannel-Timeline", { text: "No message yet" });
});

test("mails of documents stand among them, and the next page begins behind one", async () => {
    const card = entry(9, { isCard: true, channel: "document", stateLabel: "" });
    await openForm(({ before_card_id, before_id }) => {
        expect.step(`${before_id} ${before_card_id}`);
        return before_card_id
            ? { entries: [entry(9)], hasMore: false }
            : { entries: [card], hasMore: true, channels: CHANNELS };
    });
    await contains(".o-omnichannel-Timeline-entry[data-channel='document']");
    await click(".o-omnichannel-Timeline button", { text: "Older" });
    await contains(".o-omnichannel-Timeline-entry", { count: 2 });
    await expect.waitForSteps(["false false", "false 9"]);
});
