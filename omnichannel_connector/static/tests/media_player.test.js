import { contains, openDiscuss, start } from "@mail/../tests/mail_test_helpers";
import {
    createConversation,
    createMessage,
    defineOmnichannelModels,
    mockChoices,
} from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { queryFirst } from "@odoo/hoot-dom";

describe.current.tags("desktop");
defineOmnichannelModels();

/** Show a message with these files: { name: MIME type }. */
async function showFiles(files, facts = {}) {
    mockChoices();
    const thread = await createConversation();
    const messageId = createMessage(thread, "Look", facts);
    const ids = Object.entries(files).map(([name, mimetype]) =>
        thread.pyEnv["ir.attachment"].create({ name, mimetype })
    );
    thread.pyEnv["mail.message"].write([messageId], { attachment_ids: ids });
    await start();
    await openDiscuss(thread.channelId);
    await contains(".o-mail-Message");
}

test("sound and film are played where they stand, and nothing begins by itself", async () => {
    await showFiles({ "voice.mp3": "audio/mpeg", "lamp.mp4": "video/mp4" });
    await contains(".o-omnichannel-MediaPlayer audio[aria-label='Audio: voice.mp3'][controls]");
    await contains(".o-omnichannel-MediaPlayer video[aria-label='Video: lamp.mp4'][controls]");
    await contains(".o-omnichannel-MediaPlayer [autoplay]", { count: 0 });
    await contains(".o-mail-AttachmentList", { count: 0 });
    expect(queryFirst(".o-omnichannel-MediaPlayer audio").autoplay).toBe(false);
});

test("what a browser would run is a file and nothing else", async () => {
    await showFiles({ "trick.svg": "image/svg+xml", "page.html": "text/html" });
    await contains(".o-mail-AttachmentContainer", { count: 2 });
    await contains(".o-mail-AttachmentContainer.o-viewable", { count: 0 });
    await contains(".o-mail-AttachmentImage", { count: 0 });
});

test("pictures and documents are shown as Odoo shows them", async () => {
    await showFiles({ "lamp.png": "image/png", "offer.pdf": "application/pdf" });
    await contains(".o-mail-AttachmentImage");
    await contains(".o-mail-AttachmentContainer.o-viewable", { count: 2 });
    await contains(".o-omnichannel-MediaPlayer", { count: 0 });
});

test("of what was taken back no file is left", async () => {
    await showFiles({ "voice.mp3": "audio/mpeg" }, { isRetracted: true });
    await contains(".o-omnichannel-Message-retracted");
    await contains(".o-omnichannel-MediaPlayer", { count: 0 });
});
