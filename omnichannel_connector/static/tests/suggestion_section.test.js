import { click, contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    createMessage,
    defineOmnichannelModels,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { mockService, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

const SUGGESTION = {
    id: 5,
    partnerId: 8,
    name: "Ana Silva",
    address: "+12025550123",
    because: "this customer typed that address",
    score: 30,
};

/** Show the panel with what the server answers, one answer for each time that it is asked. */
async function showPanel(...answers) {
    mockChoices();
    onRpc("omnichannel.conversation", "get_panel", () => answers.shift() ?? {});
    const thread = await createConversation();
    await start();
    await openDiscuss(thread.channelId);
    await click('[title="Customer\'s record"]');
    return thread;
}

test("a suggestion says who and why, and a refusal takes it away", async () => {
    onRpc("omnichannel.suggestion", "action_reject", ({ args }) => {
        expect.step(`reject ${args[0]}`);
        return true;
    });
    await showPanel({ suggestions: [SUGGESTION] }, {});
    await contains(".o-omnichannel-SuggestionSection li", { text: "Ana Silva" });
    await contains(".o-omnichannel-SuggestionSection li", {
        text: "Because: this customer typed that address",
    });
    await click(".o-omnichannel-SuggestionSection button", { text: "Not the same" });
    await contains(".o-omnichannel-SuggestionSection", { count: 0 });
    expect.verifySteps(["reject 5"]);
});

test("a link is previewed, and the panel read again after it", async () => {
    onRpc("omnichannel.suggestion", "action_link", ({ args }) => ({ preview: args[0][0] }));
    mockService("action", {
        async doAction(action, options) {
            if (action.preview) {
                expect.step(`preview ${action.preview}`);
                options.onClose();
                return;
            }
            return super.doAction(...arguments);
        },
    });
    await showPanel({ suggestions: [SUGGESTION] }, {});
    await click(".o-omnichannel-SuggestionSection button", { text: "Link…" });
    await contains(".o-omnichannel-SuggestionSection", { count: 0 });
    expect.verifySteps(["preview 5"]);
});

test("a thread that messages left or came to is read again", async () => {
    mockChoices();
    const thread = await createConversation();
    const messageId = createMessage(thread, "Moved away");
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-mail-Message", { text: "Moved away" });

    const { pyEnv, channelId } = thread;
    const otherId = pyEnv["discuss.channel"].create({ name: "Other" });
    pyEnv["mail.message"].write([messageId], { res_id: otherId });
    createMessage(thread, "Came here");
    const [channel] = pyEnv["discuss.channel"].browse(channelId);
    pyEnv["bus.bus"]._sendone(channel, "omnichannel/moved", { channel_id: channelId });

    await contains(".o-mail-Message", { text: "Came here" });
    await contains(".o-mail-Message", { text: "Moved away", count: 0 });
});
