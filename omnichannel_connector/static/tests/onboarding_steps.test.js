import { OnboardingSteps } from "@omnichannel_connector/core/web/onboarding/onboarding_steps";
import { defineOmnichannelModels } from "@omnichannel_connector/../tests/omnichannel_test_helpers";

import { describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts, queryOne } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineOmnichannelModels();

function step(key, values = {}) {
    return {
        key,
        title: key,
        text: "",
        label: `Go to ${key}`,
        url: "/odoo",
        is_done: false,
        ...values,
    };
}

test("the steps show what is done and lead to what is not", async () => {
    let steps = [step("connect", { is_done: true }), step("test"), step("agents", { url: "" })];
    onRpc("omnichannel.account", "get_onboarding", () => ({
        title: "From nothing",
        text: "",
        steps,
        tour_url: "",
    }));
    await mountWithCleanup(OnboardingSteps);
    expect(queryAllTexts("li strong")).toEqual(["connect", "test", "agents"]);
    expect("li[data-step=connect]").toHaveText(/done/);
    expect(queryAllTexts("li a")).toEqual(["Go to test"]);
    expect(queryOne("li a").getAttribute("href")).toBe("/odoo");

    steps = steps.map((each) => ({ ...each, is_done: each.key !== "agents" }));
    await click("button:contains(Check again)");
    await animationFrame();
    expect("li a").toHaveCount(0);
    expect("li .fa-check-circle").toHaveCount(2);
});

test("agents get a tour instead of steps", async () => {
    onRpc("omnichannel.account", "get_onboarding", () => ({
        title: "No conversation here",
        text: "",
        steps: [],
        tour_url: "/odoo/discuss?tour=omnichannel_agent_tour",
    }));
    await mountWithCleanup(OnboardingSteps);
    expect("ol").toHaveCount(0);
    expect("button").toHaveCount(0);
    expect("a[href*=omnichannel_agent_tour]").toHaveCount(1);
});
