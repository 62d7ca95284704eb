import { models } from "@web/../tests/web_test_helpers";

export class OmnichannelCard extends models.Model {
    _name = "omnichannel.card";

    /** Tests that show cards answer this call themselves. */
    read_cards() {
        return [];
    }
}
