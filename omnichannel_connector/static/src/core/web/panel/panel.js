import { ActionPanel } from "@mail/discuss/core/common/action_panel";

import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/**
 * The sections of the panel, by the name that `get_panel` gives their values. A section's component
 * gets `values`, `thread` and `reload`, and is shown when there are values.
 */
export const panelRegistry = registry.category("omnichannel.panel");

/** Who this is and what there is of them, beside the thread. */
export class Panel extends Component {
    static template = "omnichannel_connector.Panel";
    static components = { ActionPanel };
    static props = ["thread"];

    setup() {
        this.orm = useService("orm");
        this.state = useState({ values: {}, isFailed: false });
        this.reload = this.reload.bind(this);
        onWillStart(() => this.load(this.props.thread));
        onWillUpdateProps((props) => this.load(props.thread));
    }

    get sections() {
        return panelRegistry
            .getEntries()
            .filter(([name]) => name in this.state.values)
            .map(([name, Section]) => ({ name, Section, values: this.state.values[name] }));
    }

    async load(thread) {
        this.state.isFailed = false;
        try {
            this.state.values = await this.orm.call("omnichannel.conversation", "get_panel", [
                [thread.omnichannel.id],
            ]);
        } catch {
            this.state.values = {};
            this.state.isFailed = true;
        }
    }

    reload() {
        return this.load(this.props.thread);
    }
}
