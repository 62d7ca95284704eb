import { Component, useEffect, useState } from "@odoo/owl";

import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";

/** How long nobody must have typed before the server counts: it knows each channel's rules. */
export const MEASURE_DELAY = 300;

const UNITS = { bytes: _t("bytes"), characters: _t("characters") };
const SMS_UNITS = ["GSM-7", "UCS-2"];

/** Tells how long a text is as the chosen channel counts, and into how many pieces it is cut. */
export class SizeCounter extends Component {
    static template = "omnichannel_connector.SizeCounter";
    static props = { composer: Object };

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.state = useState({ size: undefined });
        this.request = 0;
        this.measureDebounced = useDebounced(this.measure, MEASURE_DELAY);
        useEffect(
            () => this.forget(),
            () => [this.props.composer.omnichannelKey]
        );
        useEffect(
            (text, key, limit) => {
                if (text && limit) {
                    this.measureDebounced(key, text);
                } else {
                    this.forget();
                }
            },
            () => [this.text, this.choice?.key, this.choice?.limit]
        );
    }

    get choice() {
        return this.props.composer.omnichannelChoice;
    }

    get text() {
        return this.props.composer.composerText.trim();
    }

    /** Numbers of another text or channel are worse than none. */
    forget() {
        this.request++;
        this.measureDebounced.cancel();
        this.state.size = undefined;
    }

    async measure(key, text) {
        const request = ++this.request;
        let size;
        try {
            size = await this.orm.silent.call("omnichannel.conversation", "measure", [
                [this.props.composer.omnichannelThread.omnichannel.id],
                key,
                text,
            ]);
        } catch {
            // the message can be sent all the same
        }
        if (request === this.request) {
            this.state.size = size?.unit ? size : undefined;
        }
    }

    get isSplit() {
        return this.state.size.parts > 1;
    }

    get pieces() {
        const { parts, unit } = this.state.size;
        if (SMS_UNITS.includes(unit)) {
            return _t("%(count)s SMS", { count: parts });
        }
        return this.isSplit ? _t("%(count)s messages", { count: parts }) : "";
    }

    get length() {
        const { used, limit, unit } = this.state.size;
        const amount = limit ? `${used}/${limit}` : `${used}`;
        return `${amount} ${UNITS[unit] ?? unit}`;
    }

    get label() {
        return [this.pieces, this.length].filter(Boolean).join(" · ");
    }
}
