import { discussSidebarItemsRegistry } from "@mail/core/public_web/discuss_sidebar";

import { Component, useState } from "@odoo/owl";

import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";

/** Leads agents from Discuss to the inbox, with all boxes. */
export class DiscussSidebarInbox extends Component {
    static template = "omnichannel_connector.DiscussSidebarInbox";
    static props = {};

    setup() {
        this.action = useService("action");
        this.store = useService("mail.store");
        this.state = useState({ isAgent: false });
        // the sidebar does not wait for it
        user.hasGroup("omnichannel_connector.omnichannel_group_agent").then((isAgent) => {
            this.state.isAgent = isAgent;
        });
    }

    onClick(ev) {
        if (!ev.ctrlKey && !ev.metaKey && !ev.shiftKey) {
            ev.preventDefault();
            this.action.doAction("omnichannel_connector.omnichannel_inbox_action");
        }
    }
}

discussSidebarItemsRegistry.add("omnichannel-inbox", DiscussSidebarInbox, { sequence: 25 });
