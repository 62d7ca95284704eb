import { mailModels, startServer } from "@mail/../tests/mail_test_helpers";
import "@omnichannel_connector/../tests/mock_server/omnichannel_mock_server";
import { DiscussChannel } from "@omnichannel_connector/../tests/mock_server/mock_models/discuss_channel";
import { MailMessage } from "@omnichannel_connector/../tests/mock_server/mock_models/mail_message";
import { OmnichannelCard } from "@omnichannel_connector/../tests/mock_server/mock_models/omnichannel_card";
import { OmnichannelConversation } from "@omnichannel_connector/../tests/mock_server/mock_models/omnichannel_conversation";
import { OmnichannelMessage } from "@omnichannel_connector/../tests/mock_server/mock_models/omnichannel_message";

import { Command, defineModels, onRpc, serverState } from "@web/../tests/web_test_helpers";
import { serializeDateTime } from "@web/core/l10n/dates";

const { DateTime } = luxon;

export const omnichannelModels = {
    ...mailModels,
    DiscussChannel,
    MailMessage,
    OmnichannelCard,
    OmnichannelConversation,
    OmnichannelMessage,
};

export function defineOmnichannelModels() {
    return defineModels(omnichannelModels);
}

export const INSTAGRAM = {
    key: "1:1",
    channel: "instagram",
    label: "Instagram",
    account: "@shop",
    address: "@ana",
    reason: "",
    until: false,
    isLate: false,
    commentId: false,
    actions: ["message", "react", "typing"],
    canReply: true,
    unit: "bytes",
    limit: 1000,
};

export const SMS = {
    key: "2:2",
    channel: "sms",
    label: "SMS",
    account: "Hotline",
    address: "+15551234567",
    reason: "",
    until: false,
    isLate: false,
    commentId: false,
    actions: ["message"],
    canReply: false,
    unit: "GSM-7",
    limit: 160,
};

/** Answer what the composer asks for. */
export function mockChoices(...choices) {
    onRpc("omnichannel.conversation", "get_send_choices", () => choices);
}

/**
 * Create a customer's thread.
 *
 * @param {Object} [conversation] overrides what the server tells of it
 * @param {boolean} [isMember] whether the current user is its assignee
 * @returns {Promise<{ pyEnv: Object, partnerId: number, channelId: number }>}
 */
export async function createConversation(conversation = {}, isMember = true) {
    const pyEnv = await startServer();
    const partnerId = pyEnv["res.partner"].create({ name: "Ana" });
    const channelId = pyEnv["discuss.channel"].create({
        name: "Ana",
        channel_type: "omnichannel",
        channel_member_ids: isMember ? [Command.create({ partner_id: serverState.partnerId })] : [],
        omnichannel: {
            id: 7,
            state: "open",
            partner_id: partnerId,
            lead_id: false,
            user_id: isMember ? serverState.userId : false,
            user_name: isMember ? "Mitchell Admin" : "",
            waiting_for: "us",
            ...conversation,
        },
    });
    return { pyEnv, partnerId, channelId };
}

/**
 * Tell who looks at a thread that something about a message changed.
 *
 * @param {Object} param0 what `createConversation` returned
 * @param {number} messageId
 * @param {Object} facts what changed of what the bubble shows
 */
export function changeMessage({ pyEnv, channelId }, messageId, facts) {
    const [message] = pyEnv["mail.message"].browse(messageId);
    const omnichannel = { ...message.omnichannel, ...facts };
    pyEnv["mail.message"].write([messageId], { omnichannel });
    const [channel] = pyEnv["discuss.channel"].browse(channelId);
    pyEnv["bus.bus"]._sendone(channel, "mail.record/insert", {
        "mail.message": [{ id: messageId, omnichannel }],
    });
}

/**
 * Create a customer-visible message in a thread.
 *
 * @param {Object} param0 what `createConversation` returned
 * @param {string} body
 * @param {Object} [facts] overrides of what the badge shows
 */
export function createMessage({ pyEnv, partnerId, channelId }, body, facts = {}) {
    const isOutbound = facts.direction === "outbound";
    return pyEnv["mail.message"].create({
        author_id: isOutbound ? serverState.partnerId : partnerId,
        body,
        date: serializeDateTime(DateTime.now()),
        message_type: "comment",
        model: "discuss.channel",
        res_id: channelId,
        omnichannel: {
            id: 70,
            key: INSTAGRAM.key,
            channel: "instagram",
            channelLabel: "Instagram",
            direction: "inbound",
            origin: isOutbound ? "agent" : "customer",
            address: "@ana",
            trust: "observed",
            trustLabel: "Observed",
            state: isOutbound ? "sent" : "received",
            stateLabel: isOutbound ? "Sent" : "Received",
            error: "",
            isComment: false,
            isRecovered: false,
            isEdited: false,
            isRetracted: false,
            canResend: false,
            canCancel: false,
            call: null,
            context: {},
            ...facts,
        },
    });
}
