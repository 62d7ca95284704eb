import { Component } from "@odoo/owl";

/** Whether the others on the e-mail that is answered get the answer, too. */
export class OthersInput extends Component {
    static template = "omnichannel_connector.OthersInput";
    static props = { composer: Object };

    get isToAll() {
        return this.props.composer.omnichannelAlsoTo.length > 0;
    }

    get others() {
        return this.props.composer.omnichannelChoice.others.join(", ");
    }

    onChange(ev) {
        this.props.composer.isOmnichannelToAll = ev.target.checked;
    }
}
