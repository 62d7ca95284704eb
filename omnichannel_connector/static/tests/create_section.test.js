import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    defineOmnichannelModels,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { mockService, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const KINDS = [
    { key: "lead", label: "Lead", icon: "fa-handshake-o" },
    { key: "order", label: "Quotation", icon: "fa-shopping-cart" },
];

async function showMenu(panel = { create: { kinds: KINDS } }) {
    mockChoices();
    onRpc("omnichannel.conversation", "get_panel", () => panel);
    mockService("action", {
        async doAction(action) {
            if (action.res_id) {
                expect.step(`${action.res_model} ${action.res_id}`);
                return;
            }
            return super.doAction(...arguments);
        },
    });
    mockService("dialog", { add: () => expect.step("told why not") });
    const thread = await createConversation();
    await start();
    await openDiscuss(thread.channelId);
    await click('[title="Customer\'s record"]');
}

test("a record is made and opened; after a lost answer the same is asked for again", async () => {
    const requests = [];
    onRpc("omnichannel.conversation", "create_document", ({ args }) => {
        requests.push(args[2]);
        expect.step(args[1]);
        if (requests.length === 1) {
            throw new Error("lost");
        }
        return { model: "sale.order", resId: 12, title: "S00012" };
    });
    expect.errors(1);
    await showMenu();
    for (let turn = 0; turn < 3; turn++) {
        await click(".o-omnichannel-CreateSection button", { text: "Create" });
        await click(".o-dropdown-item[data-kind='order']", { text: "Quotation" });
        await contains(".o-dropdown-item", { count: 0 });
    }
    await expect.waitForSteps([
        "order",
        "told why not",
        "order",
        "sale.order 12",
        "order",
        "sale.order 12",
    ]);
    expect.verifyErrors(["RPC_ERROR"]);
    expect(requests[1]).toBe(requests[0]);
    expect(requests[2]).not.toBe(requests[1]);
});

test("who may make nothing is offered nothing", async () => {
    await showMenu({});
    await contains(".o-omnichannel-Panel");
    await contains(".o-omnichannel-CreateSection", { count: 0 });
});
