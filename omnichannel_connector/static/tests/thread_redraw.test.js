import { Composer } from "@mail/core/common/composer";
import { Message } from "@mail/core/common/message";
import { Thread } from "@mail/core/common/thread";
import { contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    defineOmnichannelModels,
    INSTAGRAM,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { animationFrame, describe, expect, test } from "@odoo/hoot";
import { onRendered } from "@odoo/owl";
import { onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

/** Count how often components are drawn. */
function countRenders(...components) {
    const counts = {};
    for (const component of components) {
        patchWithCleanup(component.prototype, {
            setup() {
                super.setup();
                onRendered(() => {
                    counts[component.name] = (counts[component.name] ?? 0) + 1;
                });
            },
        });
    }
    return counts;
}

/** Tell who looks at a thread what changed of its conversation, as the server does. */
function tellHeader({ channelId, pyEnv }, values) {
    const [channel] = pyEnv["discuss.channel"].browse(channelId);
    const omnichannel = { ...channel.omnichannel, ...values };
    pyEnv["discuss.channel"].write([channelId], { omnichannel });
    pyEnv["bus.bus"]._sendone(channel, "mail.record/insert", {
        "discuss.channel": [{ id: channelId, omnichannel }],
    });
}

async function openThread(conversation) {
    const thread = await createConversation(conversation);
    thread.messageId = thread.pyEnv["mail.message"].create({
        author_id: thread.partnerId,
        body: "Hello",
        message_type: "comment",
        model: "discuss.channel",
        res_id: thread.channelId,
    });
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-mail-Message", { text: "Hello" });
    await contains(".o-omnichannel-ChannelSelector", { text: "Instagram" });
    return thread;
}

test("what changes about a conversation draws nothing anew that does not show it", async () => {
    mockChoices(INSTAGRAM);
    const counts = countRenders(Composer, Message, Thread);
    onRpc("omnichannel.conversation", "mark_seen", () => {
        expect.step("seen");
        return 0;
    });
    const thread = await openThread();
    tellHeader(thread, { waiting_since: "2026-01-01 10:00:00", unread_count: 1 });
    await expect.waitForSteps(["seen"]);
    await animationFrame();
    const before = { ...counts };
    tellHeader(thread, { waiting_since: "2026-01-01 10:00:01", unread_count: 2 });
    await animationFrame();
    await animationFrame();
    expect(counts).toEqual(before);
    tellHeader(thread, { state: "closed" });
    await contains("button[title='Reopen conversation']");
});

test("what is told as unread while somebody looks is seen", async () => {
    mockChoices(INSTAGRAM);
    onRpc("omnichannel.conversation", "mark_seen", ({ args }) => {
        expect.step(args);
        return 0;
    });
    const thread = await openThread();
    tellHeader(thread, { unread_count: 1 });
    await expect.waitForSteps([[[7], thread.messageId]]);
});
