import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    changeMessage,
    createConversation,
    createMessage,
    defineOmnichannelModels,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { press, queryFirst } from "@odoo/hoot-dom";
import { onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const UNKNOWN = {
    direction: "outbound",
    state: "unknown",
    stateLabel: "Not sure whether it was sent",
    canResend: true,
};

/** Show a message of ours, and tell what is called for it. */
async function showMessage(facts) {
    mockChoices();
    for (const method of ["action_resend", "action_discard", "action_cancel"]) {
        onRpc("omnichannel.message", method, ({ args }) => {
            expect.step(`${method} ${args[0]}`);
            return true;
        });
    }
    const thread = await createConversation();
    const messageId = createMessage(thread, "Hello", { id: 71, ...facts });
    await start();
    await openDiscuss(thread.channelId);
    return { thread, messageId };
}

test("a message of unknown fate is sent again only after a warning", async () => {
    const { thread, messageId } = await showMessage(UNKNOWN);
    await contains(".o-omnichannel-DeliveryActions", { text: "Not sure whether it was sent" });
    await click(".o-omnichannel-DeliveryActions button", { text: "Send again" });
    await contains(".modal-body:contains('the customer may get it twice')");
    await click(".modal-footer button", { text: "Do not send" });
    await contains(".modal", { count: 0 });
    expect.verifySteps([]);

    await click(".o-omnichannel-DeliveryActions button", { text: "Send again" });
    await click(".modal-footer button", { text: "Send again" });
    await expect.waitForSteps(["action_resend 71"]);

    changeMessage(thread, messageId, { state: "sent", stateLabel: "Sent", canResend: false });
    await contains(".o-omnichannel-DeliveryActions", { count: 0 });
    await contains(".o-omnichannel-Message-state[data-state='sent']");
});

test("a message of unknown fate can be left as it is", async () => {
    await showMessage(UNKNOWN);
    await click(".o-omnichannel-DeliveryActions button", { text: "Leave it" });
    await expect.waitForSteps(["action_discard 71"]);
});

test("a failed message says why, and is sent again without questions", async () => {
    await showMessage({
        direction: "outbound",
        state: "failed",
        stateLabel: "Not sent",
        error: "No such number",
        canResend: true,
    });
    await contains(".o-omnichannel-DeliveryActions [role='status']", {
        text: "Not sent: No such number",
    });
    await contains(".o-omnichannel-DeliveryActions button", { count: 1 });
    await click(".o-omnichannel-DeliveryActions button", { text: "Send again" });
    await expect.waitForSteps(["action_resend 71"]);
});

test("a waiting message is canceled with the keyboard", async () => {
    await showMessage({
        direction: "outbound",
        state: "queued",
        stateLabel: "Waiting to be sent",
        canCancel: true,
    });
    await contains(".o-omnichannel-DeliveryActions button", { count: 1, text: "Cancel" });
    queryFirst(".o-omnichannel-DeliveryActions button").focus();
    await press("Enter");
    await expect.waitForSteps(["action_cancel 71"]);
});

test("what the server does not allow is not offered", async () => {
    await showMessage({ ...UNKNOWN, canResend: false });
    await contains(".o-omnichannel-DeliveryActions", { text: "Not sure whether it was sent" });
    await contains(".o-omnichannel-DeliveryActions button", { count: 0 });
});
