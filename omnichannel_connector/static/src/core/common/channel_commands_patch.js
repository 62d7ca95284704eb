import "@mail/discuss/core/common/channel_commands";

import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";

// What is written to a customer is text, also when it begins with a slash. Leaving goes by releasing.
for (const name of ["help", "leave"]) {
    patch(registry.category("discuss.channel_commands").get(name), {
        condition({ thread }) {
            return thread?.channel_type !== "omnichannel" && super.condition(...arguments);
        },
    });
}
