import { Component, onWillStart, useState } from "@odoo/owl";

import { useService } from "@web/core/utils/hooks";

/**
 * What an empty inbox shows: to administrators the way from nothing to the first message, to others
 * what to expect and a tour.
 */
export class OnboardingSteps extends Component {
    static template = "omnichannel_connector.OnboardingSteps";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.state = useState({ onboarding: null });
        onWillStart(() => this.load());
    }

    async load() {
        this.state.onboarding = await this.orm.silent.call("omnichannel.account", "get_onboarding");
    }
}
