import { panelRegistry } from "@omnichannel_connector/core/web/panel/panel";

import { Component, useState } from "@odoo/owl";

import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useService } from "@web/core/utils/hooks";
import { uuid } from "@web/core/utils/strings";

/** What can be made from the conversation: a lead, a quotation, a task, a ticket. */
export class CreateSection extends Component {
    static template = "omnichannel_connector.CreateSection";
    static components = { Dropdown, DropdownItem };
    static props = { values: Object, thread: Object, reload: Function };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({ isBusy: false });
        this.requests = {};
    }

    /** Make it, and open it: a dialog would not show its chatter, where the thread is attached. */
    async create({ key }) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        // the same after a lost answer: it is made once
        this.requests[key] ??= uuid();
        try {
            const { model, resId } = await this.orm.call(
                "omnichannel.conversation",
                "create_document",
                [[this.props.thread.omnichannel.id], key, this.requests[key]]
            );
            delete this.requests[key];
            await this.action.doAction({
                type: "ir.actions.act_window",
                res_model: model,
                res_id: resId,
                views: [[false, "form"]],
            });
        } finally {
            this.state.isBusy = false;
        }
    }
}

panelRegistry.add("create", CreateSection, { sequence: 5 });
