import { models } from "@web/../tests/web_test_helpers";

export class OmnichannelConversation extends models.Model {
    _name = "omnichannel.conversation";

    /** Tests that need choices answer this call themselves. */
    get_send_choices() {
        return [];
    }

    /** As a channel without limits: tests that need a size answer this call themselves. */
    measure() {
        return false;
    }

    /** Nothing is known of anybody: tests that need a panel answer this call themselves. */
    get_panel() {
        return {};
    }

    get_scheduled() {
        return [];
    }

    notify_typing() {
        return true;
    }
}
