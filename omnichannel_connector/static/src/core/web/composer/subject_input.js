import { Component } from "@odoo/owl";

/** The subject of an e-mail. Left alone it is the usual one: an answer to the last mail. */
export class SubjectInput extends Component {
    static template = "omnichannel_connector.SubjectInput";
    static props = { composer: Object };

    get subject() {
        return (
            this.props.composer.omnichannelSubject ?? this.props.composer.omnichannelChoice.subject
        );
    }

    onInput(ev) {
        this.props.composer.omnichannelSubject = ev.target.value;
    }
}
