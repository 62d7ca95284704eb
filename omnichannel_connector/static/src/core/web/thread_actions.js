import { registerThreadAction } from "@mail/core/common/thread_actions";

import { Panel } from "@omnichannel_connector/core/web/panel/panel";
import { rememberPanel } from "@omnichannel_connector/core/web/panel/panel_state";

import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";

/** Whether the action's thread is a customer's, and the conversation is known. */
function hasConversation(thread) {
    return thread?.channel_type === "omnichannel" && Boolean(thread.omnichannel);
}

function isMine(thread) {
    return thread.omnichannel.user_id === user.userId;
}

function assignLabel(thread) {
    const name = thread.omnichannel.user_name;
    return name ? _t("Take over from %(name)s", { name }) : _t("Assign to me");
}

/** In Discuss the label stands beside the icon where there is room; menus always show it. */
function labelClass({ owner }) {
    return owner.isDiscussContent ? "ms-1 d-none d-lg-inline text-nowrap" : "";
}

registerThreadAction("omnichannel-assign", {
    condition: ({ thread }) => hasConversation(thread) && !isMine(thread),
    icon: "fa fa-fw fa-hand-paper-o",
    // the whole name is in the title: in the header it would break the row of buttons
    inlineName: ({ owner, thread }) =>
        owner.isDiscussContent &&
        (thread.omnichannel.user_name ? _t("Take over") : _t("Assign to me")),
    name: ({ thread }) => assignLabel(thread),
    nameClass: labelClass,
    open: ({ thread }) => thread.callOmnichannel("action_assign_to_me"),
    sequence: 10,
});
registerThreadAction("omnichannel-release", {
    condition: ({ thread }) => hasConversation(thread) && isMine(thread),
    icon: "fa fa-fw fa-share-square-o",
    inlineName: ({ owner }) => owner.isDiscussContent && _t("Release"),
    name: _t("Release conversation"),
    nameClass: labelClass,
    open: ({ thread }) => thread.callOmnichannel("action_unassign"),
    sequence: 20,
});
registerThreadAction("omnichannel-hand-over", {
    condition: ({ thread }) => hasConversation(thread),
    icon: "fa fa-fw fa-exchange",
    name: _t("Hand over"),
    open: ({ thread }) => thread.handOverOmnichannel(),
    sequence: 25,
});
registerThreadAction("omnichannel-close", {
    condition: ({ thread }) => hasConversation(thread) && thread.omnichannel.state !== "closed",
    icon: "fa fa-fw fa-check-square-o",
    inlineName: ({ owner }) => owner.isDiscussContent && _t("Close"),
    name: _t("Close conversation"),
    nameClass: labelClass,
    open: ({ thread }) => {
        const { composer, isLoaded } = thread;
        return thread.callOmnichannel("action_close", [
            isLoaded ? composer.omnichannelSeenIds : null,
        ]);
    },
    sequence: 30,
});
registerThreadAction("omnichannel-reopen", {
    condition: ({ thread }) => hasConversation(thread) && thread.omnichannel.state === "closed",
    icon: "fa fa-fw fa-undo",
    inlineName: ({ owner }) => owner.isDiscussContent && _t("Reopen"),
    name: _t("Reopen conversation"),
    nameClass: labelClass,
    open: ({ thread }) => thread.callOmnichannel("action_reopen"),
    sequence: 30,
});
registerThreadAction("omnichannel-snooze", {
    condition: ({ thread }) => hasConversation(thread) && thread.omnichannel.state === "open",
    icon: "fa fa-fw fa-bell-slash-o",
    inlineName: ({ owner }) => owner.isDiscussContent && _t("Snooze"),
    name: _t("Snooze conversation"),
    nameClass: labelClass,
    open: ({ thread }) => thread.snoozeOmnichannel(),
    sequence: 25,
});
registerThreadAction("omnichannel-wake", {
    condition: ({ thread }) => hasConversation(thread) && thread.omnichannel.state === "snoozed",
    icon: "fa fa-fw fa-bell-o",
    inlineName: ({ owner }) => owner.isDiscussContent && _t("Wake"),
    name: _t("Wake conversation"),
    nameClass: labelClass,
    open: ({ thread }) => thread.callOmnichannel("action_wake"),
    sequence: 25,
});
registerThreadAction("omnichannel-customer", {
    condition: ({ thread }) => hasConversation(thread),
    icon: "fa fa-fw fa-address-card-o",
    name: _t("Open customer"),
    open: ({ store, thread }) =>
        store.openDocument({ model: "res.partner", id: thread.omnichannel.partner_id }),
    sequence: 40,
});
registerThreadAction("omnichannel-lead", {
    condition: ({ thread }) => hasConversation(thread) && Boolean(thread.omnichannel.lead_id),
    icon: "fa fa-fw fa-handshake-o",
    name: _t("Open lead"),
    open: async ({ store, thread }) => {
        const { action, orm } = store.env.services;
        action.doAction(
            await orm.call("omnichannel.conversation", "action_open_lead", [
                [thread.omnichannel.id],
            ])
        );
    },
    sequence: 50,
});
registerThreadAction("omnichannel-panel", {
    actionPanelComponent: Panel,
    close: ({ action, nextActiveAction, owner }) => {
        // another panel in its place, or a thread without a customer, is no wish to be rid of it
        if (action.condition && owner.isDiscussContent && !nextActiveAction) {
            rememberPanel(false);
        }
    },
    condition: ({ owner, thread }) =>
        hasConversation(thread) &&
        !owner.isDiscussSidebarChannelActions &&
        (!owner.props.chatWindow || owner.props.chatWindow.isOpen),
    icon: "fa fa-fw fa-user-circle-o",
    name: _t("Customer's record"),
    open: ({ owner }) => owner.isDiscussContent && rememberPanel(true),
    panelOuterClass: "o-omnichannel-PanelContainer bg-inherit",
    sequence: 5,
    toggle: true,
});
