import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    createMessage,
    defineOmnichannelModels,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, test } from "@odoo/hoot";
import { asyncStep, onRpc, waitForSteps } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const ORDER = {
    id: 1,
    isHidden: false,
    model: "sale.order",
    resId: 12,
    icon: "fa-shopping-cart",
    noun: "Order",
    title: "S00012",
    subtitle: "1 × Lamp",
    state: "Sales Order",
    tone: "done",
    amount: "$ 40.00",
    date: "2026-01-02",
};

async function showCards(...cards) {
    mockChoices();
    onRpc("omnichannel.card", "read_cards", ({ args }) => {
        asyncStep(`read ${args[0]}`);
        return cards;
    });
    const thread = await createConversation();
    createMessage(thread, "Hello");
    for (const omnichannelCard of [1, 2]) {
        thread.pyEnv["mail.message"].create({
            author_id: thread.partnerId,
            body: '<div class="o_mail_notification">A document</div>',
            message_type: "notification",
            model: "discuss.channel",
            res_id: thread.channelId,
            omnichannelCard,
        });
    }
    await start();
    await openDiscuss(thread.channelId);
}

test("documents stand in the thread as cards, read in one request", async () => {
    await showCards(ORDER, { id: 2, isHidden: true });
    await waitForSteps(["read 1,2"]);
    await contains("a.o-omnichannel-RecordCard[href='/odoo/sale.order/12']", { text: "S00012" });
    await contains("a.o-omnichannel-RecordCard", { text: "$ 40.00" });
    await contains("a.o-omnichannel-RecordCard", { text: "Sales Order" });
    await contains(".o-omnichannel-RecordCard", { count: 1 });
    await contains(".o-mail-NotificationMessage:visible", { count: 1 });
    await contains(".o-mail-NotificationMessage-author", { count: 0 });
});

test("what was written last is the preview, whatever documents came since", async () => {
    await showCards(ORDER, { id: 2, isHidden: true });
    await contains("a.o-omnichannel-RecordCard");
    await click(".o_menu_systray i[aria-label='Messages']");
    await contains(".o-mail-NotificationItem", { text: "Hello" });
    await contains(".o-mail-NotificationItem", { text: "A document", count: 0 });
    await waitForSteps(["read 1,2"]);
});

test("a mail about a document leads to it, and shows nothing to who may not see it", async () => {
    const mail = {
        ...ORDER,
        noun: "Ana answered on",
        subtitle: "I take it",
        amount: "",
        state: "",
        isLocked: false,
        icon: "fa-envelope-o",
    };
    const locked = { id: 2, isHidden: false, isLocked: true, icon: "fa-envelope-o", date: "" };
    await showCards(mail, { ...locked, noun: "E-mail about a document that you may not see" });
    await waitForSteps(["read 1,2"]);
    await contains("a.o-omnichannel-RecordCard[href='/odoo/sale.order/12']", {
        text: "Ana answered on",
    });
    await contains("a.o-omnichannel-RecordCard", { text: "I take it" });
    await contains("span.o-omnichannel-RecordCard", {
        text: "E-mail about a document that you may not see",
    });
    await contains("a.o-omnichannel-RecordCard", { count: 1 });
});
