import { Component, onWillStart, useState } from "@odoo/owl";

import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";

/**
 * Says in sentences why a message is in this thread: how it came, whose the address is and since
 * when, what was done with it. A note is told from itself, the rest by the server.
 */
export class WhyDialog extends Component {
    static template = "omnichannel_connector.WhyDialog";
    static components = { Dialog };
    static props = { message: Object, close: Function };

    setup() {
        super.setup();
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({ sections: [], eventId: false });
        onWillStart(() => this.load());
    }

    get isNote() {
        return !this.props.message.omnichannel;
    }

    async load() {
        if (!this.isNote) {
            const { id } = this.props.message.omnichannel;
            const why = await this.orm.call("omnichannel.message", "get_why", [[id]]);
            Object.assign(this.state, why);
        }
    }

    onClickEvent() {
        this.props.close();
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "omnichannel.event",
            res_id: this.state.eventId,
            views: [[false, "form"]],
        });
    }
}
