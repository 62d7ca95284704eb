import {
    Component,
    onPatched,
    onWillPatch,
    onWillUnmount,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";

import { useVisible } from "@mail/utils/common/hooks";
import { channelIcon } from "@omnichannel_connector/core/common/channel_icons";
import { BOXES } from "@omnichannel_connector/core/web/inbox/inbox_boxes";
import { InboxEmpty } from "@omnichannel_connector/core/web/inbox/inbox_empty";
import { InboxRow } from "@omnichannel_connector/core/web/inbox/inbox_row";
import { InboxSaveDialog } from "@omnichannel_connector/core/web/inbox/inbox_save_dialog";

import { browser } from "@web/core/browser/browser";
import { CheckboxItem } from "@web/core/dropdown/checkbox_item";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

/** How long who searches may think about the next letter. */
export const SEARCH_DELAY = 300;

/** How often "waits 5 min" is brought up to date. */
export const CLOCK_INTERVAL = 30 * 1000;

/** The rows of a box, with what narrows them. */
export class InboxList extends Component {
    static template = "omnichannel_connector.InboxList";
    static components = { CheckboxItem, Dropdown, InboxEmpty, InboxRow };
    static props = {
        inbox: Object,
        selectedChannelId: { type: Number, optional: true },
        onOpen: Function,
        slots: { type: Object, optional: true },
    };

    setup() {
        this.dialog = useService("dialog");
        this.root = useRef("root");
        this.searchInput = useRef("search");
        this.state = useState({ now: Date.now() });
        this.search = useDebounced(
            (search) => this.inbox.choose({ search: search.trim() }),
            SEARCH_DELAY
        );
        const clock = browser.setInterval(() => (this.state.now = Date.now()), CLOCK_INTERVAL);
        onWillUnmount(() => browser.clearInterval(clock));
        useVisible("readOn", (isVisible) => isVisible && this.inbox.readOn());
        useEffect(
            (search) => {
                if (this.searchInput.el.value.trim() !== search) {
                    this.searchInput.el.value = search;
                }
            },
            () => [this.inbox.search]
        );
        this.keepFocus();
    }

    get inbox() {
        return this.props.inbox;
    }

    get channels() {
        return this.inbox.setup.channels.map((channel) => ({
            ...channel,
            icon: channelIcon(channel.code),
            isOn: this.inbox.channels.includes(channel.code),
        }));
    }

    get chosenChannels() {
        return this.channels.filter(({ isOn }) => isOn);
    }

    get label() {
        return BOXES[this.inbox.box].label;
    }

    /** What a screen reader says when the rows are there. */
    get announcement() {
        const { isReady, next, rows } = this.inbox;
        if (!isReady) {
            return "";
        }
        const values = { box: this.label, count: next ? `${rows.length}+` : rows.length };
        return _t("%(box)s: %(count)s conversations", values);
    }

    /** The one row that the Tab key leads to; the arrows lead on from there. */
    get tabRow() {
        const { rows } = this.inbox;
        return rows.find((row) => this.isSelected(row)) ?? rows[0];
    }

    isSelected(row) {
        return row.channelId === this.props.selectedChannelId;
    }

    openSave() {
        this.dialog.add(InboxSaveDialog, { inbox: this.inbox });
    }

    onSearchKeydown(ev) {
        if (ev.key === "Escape" && ev.target.value) {
            ev.target.value = "";
            this.search("");
        } else if (ev.key === "ArrowDown" || ev.key === "Escape") {
            ev.preventDefault();
            this.rowElements[0]?.focus();
        }
    }

    // === FOCUS === //

    get rowElements() {
        return [...(this.root.el?.querySelectorAll("[data-conversation-id]") ?? [])];
    }

    /** Who is on a row stays there when it moves, and comes to the one in its place when it goes. */
    keepFocus() {
        let index, id;
        onWillPatch(() => {
            const rows = this.rowElements;
            index = rows.indexOf(document.activeElement);
            id = rows[index]?.dataset.conversationId;
        });
        onPatched(() => {
            if (id && document.activeElement === document.body) {
                const rows = this.rowElements;
                const same = rows.find((row) => row.dataset.conversationId === id);
                (same ?? rows[Math.min(index, rows.length - 1)])?.focus();
            }
        });
    }
}
