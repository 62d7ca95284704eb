import { Component } from "@odoo/owl";

import { KEYS } from "@omnichannel_connector/core/web/inbox/inbox_keys";

import { Dialog } from "@web/core/dialog/dialog";

/** Lists what the keyboard does in the inbox. */
export class InboxHelp extends Component {
    static template = "omnichannel_connector.InboxHelp";
    static components = { Dialog };
    static props = { close: Function };

    KEYS = KEYS;
}
