import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    defineOmnichannelModels,
    INSTAGRAM,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { mockService, onRpc, serverState } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const ACTIVE = ".o-mail-DiscussSidebarChannel.o-active";

function tell(pyEnv, kind, payload) {
    const [partner] = pyEnv["res.partner"].browse(serverState.partnerId);
    pyEnv["bus.bus"]._sendone(partner, kind, payload);
}

test("who may not see a customer any more leaves the thread", async () => {
    mockChoices(INSTAGRAM);
    onRpc("omnichannel.conversation", "search", () => []);
    const { channelId, pyEnv } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains(ACTIVE, { text: "Ana" });
    tell(pyEnv, "omnichannel/sight", { channel_id: channelId });
    await contains(ACTIVE, { count: 0 });
    await contains(".o-mail-Composer", { count: 0 });
});

test("who still sees the customer stays", async () => {
    mockChoices(INSTAGRAM);
    onRpc("omnichannel.conversation", "search", ({ args }) => {
        expect.step(`asked for ${args[0][0][2]}`);
        return [args[0][0][2]];
    });
    const { channelId, pyEnv } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains(ACTIVE, { text: "Ana" });
    tell(pyEnv, "omnichannel/sight", { channel_id: channelId });
    await expect.waitForSteps(["asked for 7"]);
    await contains(ACTIVE, { text: "Ana" });
});

test("who joins or leaves a team asks anew what they may see", async () => {
    mockChoices(INSTAGRAM);
    onRpc("omnichannel.conversation", "search", () => []);
    const { channelId, pyEnv } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await contains(ACTIVE, { text: "Ana" });
    tell(pyEnv, "omnichannel/rights", {});
    await contains(ACTIVE, { count: 0 });
});

test("a customer is handed over in a dialog", async () => {
    mockChoices(INSTAGRAM);
    onRpc("omnichannel.conversation", "action_hand_over", () => ({ res_model: "x" }));
    onRpc("omnichannel.conversation", "search", () => []);
    mockService("action", {
        async doAction(action, options) {
            if (action?.res_model === "x") {
                expect.step(`dialog ${options.additionalContext.omnichannel_from_thread}`);
                options.onClose();
                return;
            }
            return super.doAction(...arguments);
        },
    });
    const { channelId } = await createConversation();
    await start();
    await openDiscuss(channelId);
    await click("[title='Hand over']");
    await expect.waitForSteps(["dialog true"]);
    await contains(ACTIVE, { count: 0 });
});
