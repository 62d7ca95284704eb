import { panelRegistry } from "@omnichannel_connector/core/web/panel/panel";

import { Component, useState } from "@odoo/owl";

import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { useService } from "@web/core/utils/hooks";
import { uuid } from "@web/core/utils/strings";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

/** What can be made from the conversation: a lead, a quotation, a task, a ticket. */
export class CreateSection extends Component {
    static template = "omnichannel_connector.CreateSection";
    static components = { Dropdown, DropdownItem };
    static props = { values: Object, thread: Object, reload: Function };

    setup() {
        this.dialog = useService("dialog");
        this.orm = useService("orm");
        this.state = useState({ isBusy: false });
        this.requests = {};
    }

    /** Make it, and show it above the thread, which stays where it is. */
    async create({ key }) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        // the same after a lost answer: it is made once
        this.requests[key] ??= uuid();
        try {
            const { model, resId, title } = await this.orm.call(
                "omnichannel.conversation",
                "create_document",
                [[this.props.thread.omnichannel.id], key, this.requests[key]]
            );
            delete this.requests[key];
            this.dialog.add(
                FormViewDialog,
                { resModel: model, resId, title },
                { onClose: () => this.props.reload() }
            );
        } finally {
            this.state.isBusy = false;
        }
    }
}

panelRegistry.add("create", CreateSection, { sequence: 5 });
