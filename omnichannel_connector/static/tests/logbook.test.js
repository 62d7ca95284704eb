import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    createMessage,
    defineOmnichannelModels,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { queryFirst } from "@odoo/hoot-dom";
import { asyncStep, onRpc, serverState, waitForSteps } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const DONE = { type: "ir.actions.act_window_close" }; // a dialog that is over at once

async function showLog(body, call) {
    mockChoices();
    const thread = await createConversation();
    createMessage(thread, body, {
        channel: "in_person",
        direction: "outbound",
        call: { id: 9, isLogged: true, state: "ended", hasNote: false, ...call },
    });
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-omnichannel-Message-call", { text: call.stateLabel });
}

test("a call is logged from the thread's header", async () => {
    onRpc("omnichannel.conversation", "action_log_contact", ({ args }) => {
        asyncStep(`log ${args[0].length}`);
        return DONE;
    });
    mockChoices();
    const thread = await createConversation();
    await start();
    await openDiscuss(thread.channelId);
    await click("button[title='Log a call or visit']");
    await waitForSteps(["log 1"]);
});

test("what a colleague noted is read at once, and only they correct it", async () => {
    onRpc("omnichannel.call", "action_correct", ({ args }) => {
        asyncStep(`correct ${args[0][0]}`);
        return DONE;
    });
    await showLog("Wants the brass one", {
        stateLabel: "They came to us: spoke to them",
        isVisit: true,
        hasNote: true,
        loggedBy: serverState.userId,
    });
    await contains(".o-omnichannel-Message-call .fa-handshake-o");
    await contains(".o-omnichannel-Message-call button", { count: 0 });
    await contains(".o-mail-Message-body", { text: "Wants the brass one" });
    queryFirst(".o-mail-Message").focus();
    await contains(".o-mail-Message-actions:not(.invisible)");
    if (queryFirst(".o-mail-Message [title='Expand']")) {
        await click(".o-mail-Message [title='Expand']");
    }
    await click("[name='omnichannel-correct-log']");
    await waitForSteps(["correct 9"]);
});

test("what somebody else logged has no correction, and no text twice", async () => {
    await showLog("We called: nobody there", {
        stateLabel: "We called: nobody there",
        loggedBy: serverState.userId + 1,
    });
    await contains(".o-mail-Message-body", { count: 0 });
    queryFirst(".o-mail-Message").focus();
    await contains(".o-mail-Message-actions:not(.invisible)");
    if (queryFirst(".o-mail-Message [title='Expand']")) {
        await click(".o-mail-Message [title='Expand']");
    }
    expect(queryFirst("[name='omnichannel-correct-log']")).toBe(null);
});
