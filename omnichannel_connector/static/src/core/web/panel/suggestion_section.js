import { panelRegistry } from "@omnichannel_connector/core/web/panel/panel";

import { Component } from "@odoo/owl";

import { useService } from "@web/core/utils/hooks";

/** Who this customer may be besides, and why: a person decides. */
export class SuggestionSection extends Component {
    static template = "omnichannel_connector.SuggestionSection";
    static props = {
        values: {
            type: Array,
            element: {
                type: Object,
                shape: {
                    id: Number,
                    partnerId: [Number, Boolean],
                    name: String,
                    address: String,
                    because: String,
                    score: Number,
                },
            },
        },
        thread: Object,
        reload: Function,
    };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    /** Show what a link would move. */
    async link({ id }) {
        const preview = await this.orm.call("omnichannel.suggestion", "action_link", [[id]]);
        await this.action.doAction(preview, { onClose: () => this.props.reload() });
    }

    async reject({ id }) {
        await this.orm.call("omnichannel.suggestion", "action_reject", [[id]]);
        await this.props.reload();
    }
}

panelRegistry.add("suggestions", SuggestionSection, { sequence: 30 });
