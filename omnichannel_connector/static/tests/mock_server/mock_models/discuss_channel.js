import { mailModels } from "@mail/../tests/mail_test_helpers";

import { fields } from "@web/../tests/web_test_helpers";

export class DiscussChannel extends mailModels.DiscussChannel {
    omnichannel = fields.Json();

    /** Tests that listen to what colleagues hear answer this call themselves. */
    notify_omnichannel_presence() {
        return true;
    }

    _channel_basic_info_fields() {
        return [...super._channel_basic_info_fields(), "omnichannel"];
    }
}
