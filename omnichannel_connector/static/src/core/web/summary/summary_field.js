import { Component } from "@odoo/owl";

import { channelIcon } from "@omnichannel_connector/core/common/channel_icons";
import { formatWhen } from "@omnichannel_connector/core/web/record/record_view";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Where a customer can be met, and what was said last: on a card of the customers' kanban. */
export class SummaryField extends Component {
    static template = "omnichannel_connector.SummaryField";
    static props = { ...standardFieldProps };

    get summary() {
        return this.props.record.data[this.props.name] || { kinds: [], last: null };
    }

    icon(code) {
        // an address of the kind phone is one for several channels
        return code === "phone" ? "fa fa-fw fa-phone" : channelIcon(code);
    }

    get lastTitle() {
        const { at, direction, label } = this.summary.last;
        const values = { channel: label, date: formatWhen(at) };
        return direction === "inbound"
            ? _t("From the customer by %(channel)s, %(date)s", values)
            : _t("From us by %(channel)s, %(date)s", values);
    }

    get lastWhen() {
        return formatWhen(this.summary.last.at);
    }
}

registry.category("fields").add("omnichannel_summary", {
    component: SummaryField,
    supportedTypes: ["json"],
});
