import { Component, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/** How many colleagues are named; the others are counted. */
const NAMED = 3;

/** Who else has this thread open, and who writes what there: before two answer the same. */
export class Colleagues extends Component {
    static template = "omnichannel_connector.Colleagues";
    static props = { thread: Object };

    setup() {
        super.setup();
        this.presence = useService("omnichannel.presence");
        this.state = useState(this.presence.state);
    }

    /** Each colleague once, whatever they have open: who writes counts as writing. */
    get colleagues() {
        const byPartner = new Map();
        for (const colleague of this.state.colleagues[this.props.thread.id] ?? []) {
            const known = byPartner.get(colleague.partnerId);
            if (!known || colleague.activity === "typing") {
                byPartner.set(colleague.partnerId, colleague);
            }
        }
        return [...byPartner.values()];
    }

    get typing() {
        return this.colleagues
            .filter(({ activity }) => activity === "typing")
            .map((colleague) => ({ id: colleague.partnerId, text: this.typingText(colleague) }));
    }

    typingText({ name, way, wayLabel }) {
        if (way === "note") {
            return _t("%(name)s is writing a note", { name });
        }
        return wayLabel
            ? _t("%(name)s is writing by %(channel)s", { name, channel: wayLabel })
            : _t("%(name)s is writing", { name });
    }

    get viewingText() {
        const names = this.colleagues
            .filter(({ activity }) => activity === "viewing")
            .map(({ name }) => name);
        if (!names.length) {
            return "";
        }
        const shown = names.slice(0, NAMED).join(", ");
        return names.length > NAMED
            ? _t("Also here: %(names)s and %(count)s more", {
                  names: shown,
                  count: names.length - NAMED,
              })
            : _t("Also here: %(names)s", { names: shown });
    }
}
