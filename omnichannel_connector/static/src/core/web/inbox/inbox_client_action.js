import {
    Component,
    markRaw,
    onMounted,
    onWillStart,
    onWillUnmount,
    onWillUpdateProps,
    useEffect,
    useRef,
    useState,
    useSubEnv,
} from "@odoo/owl";

import { useMessageScrolling } from "@mail/utils/common/hooks";
import { Inbox } from "@omnichannel_connector/core/web/inbox/inbox";
import { InboxChoices } from "@omnichannel_connector/core/web/inbox/inbox_choices";
import { InboxHelp } from "@omnichannel_connector/core/web/inbox/inbox_help";
import { useKeys, useSigns } from "@omnichannel_connector/core/web/inbox/inbox_keys";
import { InboxList } from "@omnichannel_connector/core/web/inbox/inbox_list";
import { useInboxNews } from "@omnichannel_connector/core/web/inbox/inbox_news";
import { InboxThread } from "@omnichannel_connector/core/web/inbox/inbox_thread";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SIZES } from "@web/core/ui/ui_service";
import { user } from "@web/core/user";
import { useBus, useService } from "@web/core/utils/hooks";

/** After these the next customer is opened, as far as the one before left the list. */
const DONE_WITH = ["action_close", "action_hand_over", "action_snooze"];

/**
 * Where agents work: boxes and conversations at the left, Discuss's own thread at the right.
 *
 * A conversation is opened by its address, too, as in Discuss: `active_id` in the context or the
 * params of the action, "discuss.channel_<id>".
 */
export class InboxClientAction extends Component {
    static template = "omnichannel_connector.InboxClientAction";
    static components = { InboxChoices, InboxList, InboxThread };
    static props = ["*"];

    setup() {
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.store = useService("mail.store");
        this.ui = useService("ui");
        this.root = useRef("root");
        useSubEnv({ inDiscussApp: true, messageHighlight: useMessageScrolling() });
        this.inbox = useState(new Inbox(this.call.bind(this), `omnichannel.inbox.${user.userId}`));
        /** Which thread is being opened: it is shown as chosen before it is there. */
        this.state = useState({ opening: undefined, closed: undefined });
        this.open = this.open.bind(this);
        this.openHelp = this.openHelp.bind(this);
        this.focusList = this.focusList.bind(this);
        useInboxNews(this.inbox);
        useBus(this.env.bus, "omnichannel:called", ({ detail }) => this.onCalled(detail));
        this.useKeyboard();
        useEffect(
            () => this.refreshHeader(),
            () => [this.thread?.id, JSON.stringify(this.selectedRow)]
        );
        /** Where the open conversation stands in the list, or stood when it left. */
        this.place = { index: 0 };
        useEffect(
            (channelId, index, generation) => {
                if (index >= 0) {
                    this.place = { channelId, index, generation };
                }
            },
            () => [this.thread?.id, this.indexOf(this.thread?.id), this.inbox.generation]
        );
        onWillStart(() => {
            // nobody waits for it: the frame is there before
            this.inbox.start();
            this.restore(this.props);
        });
        onWillUpdateProps((nextProps) => this.restore(nextProps));
        onMounted(() => this.setActive(true));
        onWillUnmount(() => this.setActive(false));
    }

    useKeyboard() {
        const options = { allowRepeat: true };
        useKeys({ j: () => this.move(1), k: () => this.move(-1) }, options);
        useKeys(
            { arrowdown: () => this.move(1), arrowup: () => this.move(-1) },
            { ...options, area: () => this.root.el?.querySelector(".o-omnichannel-InboxList") }
        );
        useSigns({ "/": () => this.focusSearch(), "?": this.openHelp });
    }

    call(method, args, kwargs) {
        return this.orm.silent.call("omnichannel.conversation", method, args, kwargs);
    }

    setActive(isActive) {
        this.store.discuss.isActive = isActive;
        this.store.isOmnichannelInboxOpen = isActive;
    }

    /** @returns {import("models").Thread|undefined} the customer's thread that is open */
    get thread() {
        const { thread } = this.store.discuss;
        return thread?.channel_type === "omnichannel" ? thread : undefined;
    }

    get selectedChannelId() {
        return this.state.opening ?? this.thread?.id;
    }

    get selectedRow() {
        return this.inbox.rows.find((row) => row.channelId === this.thread?.id);
    }

    indexOf(channelId) {
        return this.inbox.rows.findIndex((row) => row.channelId === channelId);
    }

    get hasColumn() {
        return this.ui.size >= SIZES.XL;
    }

    // === OPENING === //

    /** Open what the address names, else what was open. */
    async restore({ action }) {
        const activeId = action.context?.active_id ?? action.params?.active_id;
        const channelId = parseInt(`${activeId ?? ""}`.replace("discuss.channel_", ""));
        if (channelId) {
            await this.openChannel(channelId);
        } else if (!this.thread) {
            this.store.discuss.thread = undefined;
        }
        this.store.discuss.hasRestoredThread = true;
    }

    /**
     * @param {import("@omnichannel_connector/core/web/inbox/inbox").InboxRow} row
     * @param {{isWriting?: boolean}} [options] whether to go on in the text of the answer
     */
    async open(row, { isWriting = false } = {}) {
        const { channelId } = row;
        const { generation } = this.inbox;
        this.place = { channelId, index: this.indexOf(channelId), generation };
        if (!(await this.openChannel(row.channelId, isWriting))) {
            this.inbox.update([row.id]); // gone, or none of ours any more
        }
    }

    /** @returns {Promise<boolean>} false when there is no such thread for this user */
    async openChannel(channelId, isWriting = false) {
        this.state.opening = channelId;
        let thread, isLate;
        try {
            thread = await this.store.Thread.getOrFetch({
                id: channelId,
                model: "discuss.channel",
            });
        } finally {
            isLate = this.state.opening !== channelId; // another one was chosen meanwhile
            if (!isLate) {
                this.state.opening = undefined;
            }
        }
        if (isLate || !thread) {
            return isLate;
        }
        if (this.ui.isSmall) {
            thread.open({ focus: isWriting });
            return true;
        }
        // who was here before left a number that would take the focus
        thread.composer.autofocus = isWriting ? thread.composer.autofocus + 1 : 0;
        thread.setAsDiscussThread();
        this.rememberThread(thread);
        return true;
    }

    /** Who opens a thread again sees what changed meanwhile: it was told to who had it open. */
    refreshHeader() {
        const { selectedRow: row, thread } = this;
        if (!row || !thread.omnichannel) {
            return;
        }
        const omnichannel = {
            state: row.state,
            user_id: row.userId,
            user_name: row.userName,
            team_id: row.teamId,
            team_name: row.teamName,
            waiting_for: row.waitingFor,
            waiting_since: row.waitingSince,
            unread_count: row.unread,
            response_due_at: row.dueAt,
            snoozed_until: row.snoozedUntil,
        };
        thread.update({ omnichannel });
    }

    /** Who comes back by the breadcrumbs finds the customer they left. */
    rememberThread(thread) {
        const controller = this.action.currentController;
        if (controller?.action.tag === "omnichannel_connector.inbox") {
            controller.action.context.active_id = `discuss.channel_${thread.id}`;
        }
    }

    // === GOING ON === //

    /** Open the next conversation, or the one before; where the open one left, what is there now. */
    move(step) {
        const { rows } = this.inbox;
        const index = this.indexOf(this.selectedChannelId);
        // where the open one stood is the next one now
        const left = step > 0 ? this.place.index : this.place.index - 1;
        const target = index < 0 ? left : index + step;
        this.openAt(target);
        if (target >= rows.length - 1) {
            this.inbox.readOn();
        }
    }

    /** Open what stands at a place of the list, or next to it, without going into its text. */
    openAt(index) {
        const { rows } = this.inbox;
        const row = rows[Math.max(0, Math.min(index, rows.length - 1))];
        if (row) {
            this.open(row);
            this.focusRow(row);
        }
    }

    /** Something was done with a conversation here: show it, and go on when it is done with. */
    async onCalled({ channelId, conversationId, method, thread }) {
        if (method === "mark_seen") {
            const row = this.inbox.rows.find((row) => row.channelId === channelId);
            Object.assign(row ?? {}, { unread: thread.omnichannel.unread_count });
            return;
        }
        await this.inbox.update([conversationId]);
        if (method === "action_close") {
            this.offerReopening(thread);
        }
        if (DONE_WITH.includes(method)) {
            this.goOn(channelId);
        }
    }

    /** Offer to take it back below the list: a notification would lie over the next one's buttons. */
    offerReopening(thread) {
        const label = _t("Closed: %(name)s", { name: thread.displayName });
        this.state.closed = { thread: markRaw(thread), label };
    }

    async reopen() {
        const { thread } = this.state.closed;
        this.state.closed = undefined;
        await thread.callOmnichannel("action_reopen");
    }

    /** Open what stands where the conversation stood, if that left and is what was open. */
    goOn(channelId) {
        const { place } = this;
        const isPlace = place.channelId === channelId && place.generation === this.inbox.generation;
        const isOpen = [channelId, undefined].includes(this.selectedChannelId);
        if (isPlace && isOpen && this.indexOf(channelId) < 0) {
            this.openAt(place.index);
        }
    }

    // === FOCUS === //

    focusRow({ id }) {
        this.root.el?.querySelector(`[data-conversation-id="${id}"]`)?.focus();
    }

    focusList() {
        this.root.el?.querySelector("[data-conversation-id][tabindex='0']")?.focus();
    }

    focusSearch() {
        this.root.el?.querySelector(".o-omnichannel-InboxList-search")?.focus();
    }

    openHelp() {
        this.dialog.add(InboxHelp);
    }
}

registry.category("actions").add("omnichannel_connector.inbox", InboxClientAction);
