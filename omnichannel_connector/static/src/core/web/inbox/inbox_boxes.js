import { _t } from "@web/core/l10n/translation";

/**
 * How boxes are called. Which of them a user has, and in which order, tells the server.
 *
 * `empty` is said of a box without conversations.
 */
export const BOXES = {
    mine: {
        icon: "fa fa-fw fa-user-o",
        label: _t("Mine"),
        empty: _t("You have no open conversation."),
    },
    unassigned: {
        icon: "fa fa-fw fa-inbox",
        label: _t("Unassigned"),
        empty: _t("Every customer has somebody who takes care."),
    },
    my_teams: {
        icon: "fa fa-fw fa-users",
        label: _t("My teams"),
        empty: _t("Your teams have no open conversation."),
    },
    waiting_us: {
        icon: "fa fa-fw fa-hourglass-half",
        label: _t("Waiting for us"),
        empty: _t("Nobody waits for an answer."),
    },
    waiting_customer: {
        icon: "fa fa-fw fa-hourglass-o",
        label: _t("Waiting for customer"),
        empty: _t("We wait for no customer."),
    },
    snoozed: {
        icon: "fa fa-fw fa-clock-o",
        label: _t("Snoozed"),
        empty: _t("Nothing is put off until later."),
    },
    closed: {
        icon: "fa fa-fw fa-check-square-o",
        label: _t("Closed"),
        empty: _t("Nothing was closed yet."),
    },
    all: {
        icon: "fa fa-fw fa-list",
        label: _t("All open"),
        empty: _t("No conversation is open."),
    },
    /** Where one looks who does not find a customer in a box. */
    any: {
        icon: "fa fa-fw fa-search",
        label: _t("All conversations"),
        empty: _t("No conversation yet."),
    },
};

/** As far as the server counts. */
export const MOST_COUNTED = 100;

/** @param {number} count as the server tells it */
export function formatCount(count) {
    return count >= MOST_COUNTED ? `${MOST_COUNTED - 1}+` : `${count}`;
}
