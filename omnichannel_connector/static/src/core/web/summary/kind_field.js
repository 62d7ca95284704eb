import { Component } from "@odoo/owl";

import { channelIcon } from "@omnichannel_connector/core/common/channel_icons";

import { registry } from "@web/core/registry";
import { formatSelection } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** The kind of an address: its icon and its name. */
export class KindField extends Component {
    static template = "omnichannel_connector.KindField";
    static props = { ...standardFieldProps };

    get kind() {
        return this.props.record.data[this.props.name];
    }

    get icon() {
        return this.kind === "phone" ? "fa fa-fw fa-phone" : channelIcon(this.kind);
    }

    get label() {
        const { selection } = this.props.record.fields[this.props.name];
        return formatSelection(this.kind, { selection });
    }
}

registry.category("fields").add("omnichannel_kind", {
    component: KindField,
    supportedTypes: ["selection"],
});
