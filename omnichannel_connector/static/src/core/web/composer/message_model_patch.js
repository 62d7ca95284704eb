import { Message } from "@mail/core/common/message_model";
import { fields } from "@mail/core/common/record";

import { browser } from "@web/core/browser/browser";
import { patch } from "@web/core/utils/patch";

/** By how many milliseconds the queue is woken later than it may send, so that it finds it due. */
const MARGIN = 200;

/** @type {import("models").Message} */
const messagePatch = {
    setup() {
        super.setup(...arguments);
        /** @type {number|undefined} until when, by this computer's clock, it can be undone */
        this.omnichannelHeldUntil = fields.Attr(undefined, {
            compute() {
                const seconds = this.omnichannel?.holdSeconds;
                return seconds ? Date.now() + seconds * 1000 : undefined;
            },
            onUpdate() {
                this.awaitOmnichannelRelease();
            },
        });
    },
    /** Odoo looks at what is to be done later once a minute only: wake it when the time is up. */
    awaitOmnichannelRelease() {
        if (!this.omnichannelHeldUntil || !this.isSelfAuthored) {
            return; // it is being woken for already: that the time is up does not mean that it left
        }
        browser.clearTimeout(this.omnichannelReleaseTimeout);
        this.omnichannelReleaseTimeout = browser.setTimeout(
            () => this.releaseOmnichannel(),
            this.omnichannelHeldUntil - Date.now() + MARGIN
        );
    },
    async releaseOmnichannel() {
        if (!this.exists() || this.omnichannel?.state !== "queued") {
            return;
        }
        const args = [[this.omnichannel.id]];
        try {
            await this.store.env.services.orm.silent.call("omnichannel.message", "wake_held", args);
        } catch {
            // it leaves within a minute all the same
        }
    },
    /** Take it back, and write on. */
    async undoOmnichannel() {
        const { attachment_ids, body, omnichannel, parent_id, subject, thread } = this;
        await this.store.env.services.orm.call("omnichannel.message", "action_undo", [
            [omnichannel.id],
        ]);
        thread.composer.takeBackOmnichannel({
            body,
            attachments: [...attachment_ids],
            key: omnichannel.key,
            parent: parent_id,
            subject,
            alsoTo: omnichannel.alsoTo,
        });
        if (this.exists()) {
            this.delete();
        }
    },
};
patch(Message.prototype, messagePatch);
