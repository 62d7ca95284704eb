import { Component } from "@odoo/owl";

import { panelRegistry } from "@omnichannel_connector/core/web/panel/panel";
import { RecordView } from "@omnichannel_connector/core/web/record/record_view";

/** The record, as a section of the panel beside a thread. */
export class RecordSection extends Component {
    static template = "omnichannel_connector.RecordSection";
    static components = { RecordView };
    static props = { values: Object, thread: Object, reload: Function };
}
panelRegistry.add("record", RecordSection, { sequence: 35 });
