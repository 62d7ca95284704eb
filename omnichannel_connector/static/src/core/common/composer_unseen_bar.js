import { Component } from "@odoo/owl";

/** Says that somebody wrote what was not on the screen when the agent sent. Nothing was sent. */
export class UnseenBar extends Component {
    static template = "omnichannel_connector.UnseenBar";
    static props = { composer: Object, send: Function };

    get canSend() {
        const { isOmnichannelEmpty, omnichannelObstacle } = this.props.composer;
        return !isOmnichannelEmpty && !omnichannelObstacle;
    }

    /** By now it is on the screen, so that the same text is not refused again. */
    onClickSend() {
        return this.props.send();
    }

    onClickClose() {
        this.props.composer.omnichannelUnseenText = "";
    }
}
