import { mailModels } from "@mail/../tests/mail_test_helpers";

import { fields } from "@web/../tests/web_test_helpers";

export class MailMessage extends mailModels.MailMessage {
    omnichannel = fields.Json();
    omnichannelCard = fields.Integer();

    get _to_store_defaults() {
        return [...super._to_store_defaults, "omnichannel", "omnichannelCard"];
    }
}
