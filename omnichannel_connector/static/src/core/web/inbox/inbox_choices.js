import { Component } from "@odoo/owl";

import { BOXES, formatCount } from "@omnichannel_connector/core/web/inbox/inbox_boxes";

import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useService } from "@web/core/utils/hooks";

/** The boxes and the saved searches: a column where there is room, else a menu. */
export class InboxChoices extends Component {
    static template = "omnichannel_connector.InboxChoices";
    static components = { Dropdown, DropdownItem };
    static props = { inbox: Object, isMenu: Boolean, onHelp: Function };

    setup() {
        this.notification = useService("notification");
    }

    get inbox() {
        return this.props.inbox;
    }

    get choices() {
        const { box, counts, search, setup } = this.inbox;
        const codes = box === "any" ? [...setup.boxes, box] : setup.boxes;
        return codes.map((code) => ({
            ...BOXES[code],
            code,
            count: counts[code] && formatCount(counts[code]),
            isChosen: box === code && !this.inbox.setup.searches.some((s) => this.isSaved(s)),
            search: code === "any" ? search : "",
        }));
    }

    get current() {
        return this.choices.find(({ code }) => code === this.inbox.box) ?? BOXES[this.inbox.box];
    }

    /** A saved search that is nothing but a box is shown as the box. */
    isSaved(saved) {
        return Boolean(saved.search || saved.channels.length) && this.inbox.isChosen(saved);
    }

    chooseBox({ code, search }) {
        this.inbox.choose({ box: code, search, channels: this.inbox.channels });
    }

    chooseSaved({ box, search, channels }) {
        this.inbox.choose({ box, search, channels });
    }
}
