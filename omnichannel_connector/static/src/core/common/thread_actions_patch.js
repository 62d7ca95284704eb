import { ThreadAction } from "@mail/core/common/thread_actions";

import { patch } from "@web/core/utils/patch";

/**
 * What makes no sense with a customer, or harm: members see everything, notes included, and follow
 * the assignment.
 */
const HIDDEN_ACTIONS = [
    "advanced-settings",
    "call",
    "call-settings",
    "camera-call",
    "invite-people",
    "leave",
    "member-list",
    "rename-thread",
];

patch(ThreadAction.prototype, {
    _condition({ action, thread }) {
        if (thread?.channel_type === "omnichannel") {
            if (HIDDEN_ACTIONS.includes(action.id)) {
                return false;
            }
            if (action.id === "notification-settings" && !thread.self_member_id) {
                return false;
            }
        }
        return super._condition(...arguments);
    },
});
