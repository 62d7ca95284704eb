import { Component } from "@odoo/owl";

import { channelIcon } from "@omnichannel_connector/core/common/channel_icons";

import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { imageUrl } from "@web/core/utils/urls";

const { DateTime, Duration } = luxon;

/**
 * How long something takes, roughly: minutes, then hours, then days.
 *
 * @param {number} milliseconds
 */
export function formatSpan(milliseconds) {
    const minutes = Math.max(0, Math.floor(milliseconds / 60000));
    const span =
        minutes < 60
            ? { minutes }
            : minutes < 24 * 60
              ? { hours: Math.floor(minutes / 60) }
              : { days: Math.floor(minutes / (24 * 60)) };
    return Duration.fromObject(span).toHuman({ unitDisplay: "short" });
}

/** A conversation in the inbox. */
export class InboxRow extends Component {
    static template = "omnichannel_connector.InboxRow";
    static props = {
        row: Object,
        now: Number,
        isSelected: Boolean,
        isInTabOrder: Boolean,
        onOpen: Function,
    };

    get row() {
        return this.props.row;
    }

    get avatarUrl() {
        return imageUrl("res.partner", this.row.partnerId, "avatar_128");
    }

    get channelIcon() {
        return channelIcon(this.row.channel);
    }

    get href() {
        return `/odoo/omnichannel-inbox?active_id=discuss.channel_${this.row.channelId}`;
    }

    get lastAt() {
        return deserializeDateTime(this.row.lastAt);
    }

    /** The time of today, or the day. */
    get when() {
        const now = DateTime.fromMillis(this.props.now);
        if (this.lastAt.hasSame(now, "day")) {
            return this.lastAt.toLocaleString(DateTime.TIME_SIMPLE);
        }
        const year = this.lastAt.hasSame(now, "year") ? {} : { year: "numeric" };
        return this.lastAt.toLocaleString({ month: "short", day: "numeric", ...year });
    }

    get preview() {
        if (this.row.isRetracted) {
            return _t("This message was taken back");
        }
        return this.row.preview || (this.row.hasFiles ? _t("File") : "");
    }

    /** @param {string} moment as the server tells it */
    since(moment) {
        return this.props.now - deserializeDateTime(moment).toMillis();
    }

    get isOverdue() {
        return Boolean(this.row.dueAt) && this.since(this.row.dueAt) > 0;
    }

    /** Who waits, and how long; until when it is put off. */
    get waiting() {
        const { snoozedUntil, state, waitingFor, waitingSince } = this.row;
        if (state === "snoozed" && snoozedUntil) {
            const until = deserializeDateTime(snoozedUntil);
            return _t("until %(time)s", { time: until.toLocaleString(DateTime.DATETIME_SHORT) });
        }
        if (waitingFor !== "us" || !waitingSince) {
            return "";
        }
        return _t("waits %(time)s", { time: formatSpan(this.since(waitingSince)) });
    }

    /** How much time is left to answer, or how much too late it is. */
    get due() {
        if (!this.row.dueAt) {
            return "";
        }
        const late = this.since(this.row.dueAt);
        return late > 0
            ? _t("overdue %(time)s", { time: formatSpan(late) })
            : _t("due in %(time)s", { time: formatSpan(-late) });
    }

    onClick(ev) {
        if (ev.ctrlKey || ev.metaKey || ev.shiftKey) {
            return; // in a tab of its own
        }
        ev.preventDefault();
        this.props.onOpen(this.row, { isWriting: true });
    }

    /** Who goes by keys stays in the list. */
    onKeydown(ev) {
        if (ev.key === "Enter" && !ev.ctrlKey && !ev.metaKey && !ev.shiftKey) {
            ev.preventDefault();
            this.props.onOpen(this.row, { isWriting: false });
        }
    }
}
