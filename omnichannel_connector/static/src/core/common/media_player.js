import { Component, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { url } from "@web/core/utils/urls";

/** Sound or film of a message, played where it stands. Nothing begins by itself. */
export class MediaPlayer extends Component {
    static template = "omnichannel_connector.MediaPlayer";
    static props = { attachment: Object };

    setup() {
        super.setup();
        this.state = useState({ isFailed: false });
    }

    get isVideo() {
        return this.props.attachment.omnichannelPlayer === "video";
    }

    get source() {
        const { urlRoute, urlQueryParams } = this.props.attachment;
        return url(urlRoute, { ...urlQueryParams });
    }

    get label() {
        const { name } = this.props.attachment;
        return this.isVideo ? _t("Video: %(name)s", { name }) : _t("Audio: %(name)s", { name });
    }
}
