import { Composer } from "@mail/core/common/composer";
import { generateEmojisOnHtml } from "@mail/utils/common/format";
import { OthersInput } from "@omnichannel_connector/core/web/composer/others_input";
import { ScheduledList } from "@omnichannel_connector/core/web/composer/scheduled_list";
import { SubjectInput } from "@omnichannel_connector/core/web/composer/subject_input";
import { isDiscarded } from "@omnichannel_connector/core/web/dialog_closing";

import { toRaw, useEffect } from "@odoo/owl";

import { serializeDateTime } from "@web/core/l10n/dates";
import { patch } from "@web/core/utils/patch";

Object.assign(Composer.components, { OthersInput, ScheduledList, SubjectInput });

/** @type {import("@mail/core/common/composer").Composer} */
const composerPatch = {
    setup() {
        super.setup(...arguments);
        useEffect(
            (conversationId) => {
                if (conversationId) {
                    toRaw(this.props.composer).omnichannelThread.fetchOmnichannelScheduled();
                }
            },
            () => [this.props.composer.omnichannelThread?.omnichannel?.id]
        );
    },
    /** Put a prepared text where the cursor is. */
    insertOmnichannelText({ text, subject }) {
        const composer = toRaw(this.props.composer);
        if (this.editor) {
            this.editor.shared.dom.insert(text);
            this.editor.shared.history.addStep();
        } else {
            composer.insertText(text, composer.selection.start);
        }
        if (subject && composer.omnichannelChoice?.channel === "email") {
            composer.omnichannelSubject = subject;
        }
        composer.autofocus++;
    },
    /** Write on in Odoo's composer for rich text. What is discarded there is still here. */
    async openOmnichannelFullComposer() {
        const composer = toRaw(this.props.composer);
        const { id } = composer.omnichannelThread.omnichannel;
        const { action, orm } = this.env.services;
        const values = {
            body: composer.composerHtml.toString(),
            subject: composer.omnichannelSubjectToSend,
            attachment_ids: composer.attachments.map(({ id }) => id),
            omnichannel_seen_ids: composer.omnichannelSeenIds,
            omnichannel_also_to: [...composer.omnichannelAlsoTo],
            parent_id: composer.replyToMessage?.id,
        };
        const dialog = await orm.call("omnichannel.conversation", "action_compose_email", [
            [id],
            composer.omnichannelKey,
            values,
        ]);
        await action.doAction(dialog, {
            onClose: (info) => {
                if (!isDiscarded(info)) {
                    this.clear();
                }
            },
        });
    },
    /** @param {luxon.DateTime} moment */
    async sendOmnichannelLater(moment) {
        const composer = toRaw(this.props.composer);
        composer.omnichannelUnseenText = "";
        const body = await generateEmojisOnHtml(composer.composerHtml);
        const thread = composer.omnichannelThread;
        if (await thread.scheduleOmnichannel(body.toString(), serializeDateTime(moment))) {
            this.clear();
        }
    },
};
patch(Composer.prototype, composerPatch);
