import { Component, useState } from "@odoo/owl";

import {
    deserializeDate,
    deserializeDateTime,
    toLocaleDateString,
    toLocaleDateTimeString,
} from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

/** How states look. Their words stand beside it. */
const TONE_ICONS = {
    alert: "fa-exclamation-triangle text-warning",
    canceled: "fa-ban",
    cart: "fa-shopping-basket",
    done: "fa-check",
    open: "fa-circle-o",
    refund: "fa-undo",
    waiting: "fa-clock-o",
};

/** As many characters as a day has; a moment has more. */
const DAY_LENGTH = 10;

/** @param {string} text a day, or a moment in UTC */
export function formatWhen(text) {
    if (!text) {
        return "";
    }
    return text.length === DAY_LENGTH
        ? toLocaleDateString(deserializeDate(text))
        : toLocaleDateTimeString(deserializeDateTime(text));
}

/** @param {{ tone: string }} item of a record section, or a card */
export function toneIcon(item) {
    return `fa fa-fw ${TONE_ICONS[item.tone] ?? TONE_ICONS.open}`;
}

/**
 * What there is of a customer in all apps: a section for each kind, closed at first.
 *
 * @typedef {Object} RecordSection as `omnichannel.record._read_sections` gives it
 */
export class RecordView extends Component {
    static template = "omnichannel_connector.RecordView";
    static props = {
        record: Object,
        onChanged: { type: Function, optional: true },
    };

    static nextId = 1;

    setup() {
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.state = useState({ openKeys: {} });
        this.id = `o-omnichannel-RecordView-${RecordView.nextId++}`;
    }

    isOpen(section) {
        return Boolean(this.state.openKeys[section.key]);
    }

    toggle(section) {
        this.state.openKeys[section.key] = !this.isOpen(section);
    }

    toneIcon(item) {
        return toneIcon(item);
    }

    when(item) {
        return formatWhen(item.date);
    }

    /** Where the item opens in a tab of its own. */
    href(section, item) {
        return `/odoo/${section.model}/${item.id}`;
    }

    /** Show the item above the thread, which stays where it is. */
    onClickItem(ev, section, item) {
        if (ev.ctrlKey || ev.metaKey || ev.shiftKey) {
            return;
        }
        ev.preventDefault();
        this.dialog.add(
            FormViewDialog,
            { resModel: section.model, resId: item.id, title: item.title },
            { onClose: () => this.props.onChanged?.() }
        );
    }

    showAllLabel(group) {
        return _t("Show all %(count)s", { count: group.count });
    }

    async onClickAll(section, group) {
        const { partnerId } = this.props.record;
        this.action.doAction(
            await this.orm.call("res.partner", "action_open_omnichannel_record", [
                [partnerId],
                section.key,
                group.key,
            ])
        );
    }
}
