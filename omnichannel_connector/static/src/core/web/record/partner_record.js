import { Component, onWillUpdateProps, useState } from "@odoo/owl";

import { RecordView } from "@omnichannel_connector/core/web/record/record_view";

import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** The same record as beside the thread, on the form of the customer. */
export class PartnerRecord extends Component {
    static template = "omnichannel_connector.PartnerRecord";
    static components = { RecordView };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ record: undefined, isFailed: false });
        this.load = this.load.bind(this);
        this.load();
        onWillUpdateProps(({ record }) => {
            if (record.resId !== this.resId) {
                this.state.record = undefined;
                this.load(record.resId);
            }
        });
    }

    async load(resId = this.props.record.resId) {
        this.resId = resId;
        this.state.isFailed = false;
        if (!resId) {
            return;
        }
        let record;
        try {
            record = await this.orm.silent.call("res.partner", "get_omnichannel_record", [[resId]]);
        } catch {
            // whatever it was, the page says so and offers to try again
        }
        if (resId === this.resId) {
            this.state.isFailed = !record;
            this.state.record = record ?? this.state.record;
        }
    }
}

registry.category("view_widgets").add("omnichannel_record", { component: PartnerRecord });
