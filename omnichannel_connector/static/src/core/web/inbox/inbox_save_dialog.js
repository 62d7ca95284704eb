import { Component, useState } from "@odoo/owl";

import { BOXES } from "@omnichannel_connector/core/web/inbox/inbox_boxes";

import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus } from "@web/core/utils/hooks";

/** Asks for a name of what is chosen in the inbox. */
export class InboxSaveDialog extends Component {
    static template = "omnichannel_connector.InboxSaveDialog";
    static components = { Dialog };
    static props = { inbox: Object, close: Function };

    setup() {
        this.name = useAutofocus({ refName: "name" });
        const { box, search, setup, channels } = this.props.inbox;
        const labels = setup.channels.filter(({ code }) => channels.includes(code));
        const parts = [search, ...labels.map(({ label }) => label), BOXES[box].label.toString()];
        this.state = useState({ name: parts.filter(Boolean).join(" · ") });
    }

    async save() {
        const name = this.state.name.trim();
        if (name) {
            await this.props.inbox.save(name);
            this.props.close();
        }
    }
}
