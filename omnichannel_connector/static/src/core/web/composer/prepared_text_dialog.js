import { Component, onWillStart, useState } from "@odoo/owl";

import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { fuzzyLookup } from "@web/core/utils/search";

const KINDS = {
    "mail.canned.response": { icon: "fa-file-text-o", label: _t("Canned response") },
    "sms.template": { icon: "fa-mobile", label: _t("SMS template") },
    "mail.template": { icon: "fa-envelope-o", label: _t("E-mail template") },
};

/** Lets the user choose a prepared text. It is filled in for the customer, and never sent by itself. */
export class PreparedTextDialog extends Component {
    static template = "omnichannel_connector.PreparedTextDialog";
    static components = { Dialog };
    static props = { close: Function, insert: Function, thread: Object };

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.state = useState({ texts: [], term: "", isBusy: false });
        useAutofocus();
        onWillStart(async () => {
            const args = [[this.props.thread.omnichannel.id]];
            this.state.texts = await this.orm.call(
                "omnichannel.conversation",
                "get_prepared_texts",
                args
            );
        });
    }

    get found() {
        const { term, texts } = this.state;
        return term ? fuzzyLookup(term, texts, ({ name, preview }) => [name, preview]) : texts;
    }

    kind({ model }) {
        return KINDS[model];
    }

    async onClick({ model, id }) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        try {
            this.props.insert(await this.props.thread.renderOmnichannelText(model, id));
            this.props.close();
        } finally {
            this.state.isBusy = false;
        }
    }
}
