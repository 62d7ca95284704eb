import { models } from "@web/../tests/web_test_helpers";

export class OmnichannelMessage extends models.Model {
    _name = "omnichannel.message";
}
