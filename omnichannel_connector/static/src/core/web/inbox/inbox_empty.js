import { Component } from "@odoo/owl";

import { BOXES } from "@omnichannel_connector/core/web/inbox/inbox_boxes";

import { useService } from "@web/core/utils/hooks";

/** What stands in place of the rows when there are none: why, and what to do about it. */
export class InboxEmpty extends Component {
    static template = "omnichannel_connector.InboxEmpty";
    static props = { inbox: Object };

    setup() {
        this.action = useService("action");
    }

    get inbox() {
        return this.props.inbox;
    }

    get text() {
        return BOXES[this.inbox.box].empty;
    }

    get hasAccounts() {
        return this.inbox.setup.channels.length > 0;
    }

    openAccounts() {
        this.action.doAction("omnichannel_connector.omnichannel_account_action");
    }

    searchEverywhere() {
        this.inbox.choose({ box: "any", channels: [] });
    }

    clear() {
        this.inbox.choose({ search: "", channels: [] });
    }
}
