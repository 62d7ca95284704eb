import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    defineOmnichannelModels,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";
import { PANEL_OPEN_LS } from "@omnichannel_connector/core/web/panel/panel_state";

import { describe, expect, test } from "@odoo/hoot";
import { press } from "@odoo/hoot-dom";
import { mockService, onRpc } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";

describe.current.tags("desktop");
defineOmnichannelModels();

const ITEM = {
    id: 3,
    title: "S00003",
    subtitle: "2 × Lamp",
    state: "Cart",
    tone: "cart",
    amount: "$ 24.00",
    date: "2026-11-22 09:30:00",
};

const ORDERS = {
    key: "order",
    title: "Orders and carts",
    icon: "fa-shopping-cart",
    model: "sale.order",
    isFailed: false,
    count: 7,
    groups: [
        { key: "own", title: "", count: 6, items: [ITEM] },
        {
            key: "company",
            title: "Company",
            count: 1,
            items: [{ ...ITEM, id: 4, title: "S00004", amount: "", date: "2026-11-20" }],
        },
    ],
};

const BROKEN = {
    key: "ghost",
    title: "Ghosts",
    icon: "fa-snapchat-ghost",
    model: "no.such.model",
    isFailed: true,
    count: 0,
    groups: [],
};

async function openRecord(...sections) {
    mockChoices();
    browser.localStorage.setItem(PANEL_OPEN_LS, "true");
    onRpc("omnichannel.conversation", "get_panel", () => ({ record: { partnerId: 1, sections } }));
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains(".o-omnichannel-RecordView");
}

const HEAD = ".o-omnichannel-RecordView-section[data-key='order'] > button";

test("sections are closed at first and tell how much they have", async () => {
    await openRecord(ORDERS);
    await contains(`${HEAD}[aria-expanded='false']`, { text: "Orders and carts" });
    await contains(`${HEAD} .badge`, { text: "7" });
    await contains(".o-omnichannel-RecordView-item", { count: 0 });
    await click(HEAD);
    await contains(`${HEAD}[aria-expanded='true']`);
    await contains(".o-omnichannel-RecordView-item", { count: 2 });
    await contains(".o-omnichannel-RecordView-item[href='/odoo/sale.order/3']", {
        text: "2 × Lamp",
    });
    await contains(".o-omnichannel-RecordView-item:eq(0)", { text: "$ 24.00" });
    await contains(".o-omnichannel-RecordView-item:eq(0)", { text: "Cart" });
    await contains(".o-omnichannel-RecordView-section h6", { text: "Company" });
});

test("a section opens by the keyboard", async () => {
    await openRecord(ORDERS);
    document.querySelector(HEAD).focus();
    await press("Enter");
    await contains(".o-omnichannel-RecordView-item", { count: 2 });
});

test("an item opens above the thread, and the record is read again after", async () => {
    let close;
    mockService("dialog", {
        add(component, props, options) {
            expect.step(`${component.name} ${props.resModel} ${props.resId}`);
            close = options.onClose;
        },
    });
    await openRecord(ORDERS);
    await click(HEAD);
    await click(".o-omnichannel-RecordView-item:eq(0)");
    await expect.waitForSteps(["FormViewDialog sale.order 3"]);
    onRpc("omnichannel.conversation", "get_panel", () => {
        expect.step("get_panel");
        return { record: { partnerId: 1, sections: [] } };
    });
    close();
    await expect.waitForSteps(["get_panel"]);
    await contains(".o-omnichannel-RecordView", { text: "Nothing here yet" });
});

test("there is a way to all of them", async () => {
    onRpc("res.partner", "action_open_omnichannel_record", ({ args }) => {
        expect.step(JSON.stringify(args));
        return { type: "ir.actions.act_window_close" };
    });
    await openRecord(ORDERS);
    await click(HEAD);
    await click(".o-omnichannel-RecordView-section button", { text: "Show all 6" });
    await expect.waitForSteps(['[[1],"order","own"]']);
});

test("what could not be read says so", async () => {
    await openRecord(ORDERS, BROKEN);
    await contains("[data-key='ghost'] i[title='Could not be read']");
    await contains("[data-key='ghost'] .badge", { count: 0 });
    await click("[data-key='ghost'] > button");
    await contains("[data-key='ghost']", {
        text: "This could not be read. Tell your administrator.",
    });
});
