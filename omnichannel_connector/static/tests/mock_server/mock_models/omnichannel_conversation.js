import { getKwArgs, models } from "@web/../tests/web_test_helpers";

/** What stands in a box, as the server decides it. */
const IS_IN_BOX = {
    mine: ({ state, user_id }, uid) => state === "open" && user_id === uid,
    unassigned: ({ state, user_id }) => state === "open" && !user_id,
    waiting_us: ({ state, waiting_for }) => state === "open" && waiting_for === "us",
    closed: ({ state }) => state === "closed",
};

export class OmnichannelConversation extends models.Model {
    _name = "omnichannel.conversation";

    /** Tests that need choices answer this call themselves. */
    get_send_choices() {
        return [];
    }

    /** As a channel without limits: tests that need a size answer this call themselves. */
    measure() {
        return false;
    }

    /** Nothing is known of anybody: tests that need a panel answer this call themselves. */
    get_panel() {
        return {};
    }

    get_suggested_replies() {
        return { replies: [], canWrite: false };
    }

    get_scheduled() {
        return [];
    }

    notify_typing() {
        return true;
    }

    // === INBOX === //

    get_inbox_setup() {
        return {
            boxes: Object.keys(IS_IN_BOX),
            channels: [
                { code: "instagram", label: "Instagram" },
                { code: "sms", label: "SMS" },
            ],
            searches: [],
            canConfigure: false,
        };
    }

    get_inbox() {
        const { before, box, limit, search } = getKwArgs(
            arguments,
            "box",
            "search",
            "channels",
            "before",
            "limit"
        );
        const rows = this._inboxRows(box, search);
        const start = before ? rows.findIndex(({ id }) => id === before[1]) + 1 : 0;
        const page = rows.slice(start, start + limit);
        const isMore = rows.length > start + limit;
        const next = isMore && [page.at(-1).lastAt, page.at(-1).id];
        return { rows: page, next, counts: this._inboxCounts() };
    }

    get_inbox_rows() {
        const { box, ids, search } = getKwArgs(arguments, "ids", "box", "search", "channels");
        const rows = this._inboxRows(box, search).filter(({ id }) => ids.includes(id));
        return { rows, counts: this._inboxCounts() };
    }

    _inboxCounts() {
        return Object.fromEntries(
            Object.keys(IS_IN_BOX).map((box) => [box, this._inboxRows(box).length])
        );
    }

    _inboxRows(box, search = "") {
        return this.env["discuss.channel"]
            ._filter([["channel_type", "=", "omnichannel"]])
            .filter(({ omnichannel }) => IS_IN_BOX[box](omnichannel, this.env.uid))
            .filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
            .map((channel) => this._inboxRow(channel))
            .sort((row, other) => (row.lastAt < other.lastAt ? 1 : -1));
    }

    _inboxRow({ id, name, omnichannel }) {
        return {
            id: omnichannel.id,
            channelId: id,
            partnerId: omnichannel.partner_id,
            name,
            state: omnichannel.state,
            lastAt: omnichannel.last_at ?? "2026-01-01 10:00:00.000000",
            channel: "instagram",
            channelLabel: "Instagram",
            unread: omnichannel.unread_count ?? 0,
            waitingFor: omnichannel.waiting_for,
            waitingSince: omnichannel.waiting_since ?? "",
            dueAt: omnichannel.response_due_at ?? "",
            snoozedUntil: "",
            userId: omnichannel.user_id,
            userName: omnichannel.user_name,
            teamId: false,
            teamName: "",
            preview: omnichannel.preview ?? "Hello",
            isOurs: false,
            isRetracted: false,
            hasFiles: false,
            isFailed: false,
        };
    }

    mark_seen() {
        return 0;
    }
}
