import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    createMessage,
    defineOmnichannelModels,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { press, queryFirst } from "@odoo/hoot-dom";
import { asyncStep, mockService, onRpc, waitForSteps } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const WHY = {
    sections: [
        { key: "origin", icon: "fa-sign-in", title: "Where it comes from", lines: ["By SMS."] },
        { key: "customer", icon: "fa-user-o", title: "Why here", lines: ["Linked.", "Moved."] },
    ],
    eventId: false,
};

async function openWhy(body) {
    const message = `.o-mail-Message:contains('${body}')`;
    queryFirst(message).focus();
    await contains(`${message} .o-mail-Message-actions:not(.invisible)`);
    if (queryFirst(`${message} [title='Expand']`)) {
        await click(`${message} [title='Expand']`);
    }
    await click("[name='omnichannel-why']");
}

async function showThread(why = WHY) {
    mockChoices();
    onRpc("omnichannel.message", "get_why", ({ args }) => {
        asyncStep(`get_why ${args[0]}`);
        return why;
    });
    const thread = await createConversation();
    createMessage(thread, "Hello", { id: 71 });
    return thread;
}

test("a message says why it is here", async () => {
    const thread = await showThread();
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-mail-Message", { text: "Hello" });
    await openWhy("Hello");
    await waitForSteps(["get_why 71"]);
    await contains(".o-omnichannel-WhyDialog section", { count: 2 });
    await contains(".o-omnichannel-WhyDialog [data-key='customer'] li", { count: 2 });
    await contains(".o-omnichannel-WhyDialog-event", { count: 0 });
    await press("Escape");
    await contains(".o-omnichannel-WhyDialog", { count: 0 });
});

test("administrators get to the raw event", async () => {
    const thread = await showThread({ ...WHY, eventId: 5 });
    mockService("action", {
        doAction(action) {
            if (action.res_model === "omnichannel.event") {
                asyncStep(`event ${action.res_id}`);
                return;
            }
            return super.doAction(...arguments);
        },
    });
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-mail-Message", { text: "Hello" });
    await openWhy("Hello");
    await click(".o-omnichannel-WhyDialog-event");
    await waitForSteps(["get_why 71", "event 5"]);
});

test("a note says that it stays inside, without asking anybody", async () => {
    const thread = await showThread();
    thread.pyEnv["mail.message"].create({
        author_id: thread.partnerId,
        body: "Likes brass",
        message_type: "comment",
        model: "discuss.channel",
        res_id: thread.channelId,
        subtype_id: thread.pyEnv["mail.message.subtype"].search([
            ["subtype_xmlid", "=", "mail.mt_note"],
        ])[0],
    });
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-mail-Message", { text: "Likes brass" });
    await openWhy("Likes brass");
    await contains(
        ".o-omnichannel-WhyDialog [data-key='note']:contains('the customer never sees it')"
    );
    expect.verifySteps([]);
});
