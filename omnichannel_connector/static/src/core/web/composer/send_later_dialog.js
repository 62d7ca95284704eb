import { Component, useState } from "@odoo/owl";

import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { Dialog } from "@web/core/dialog/dialog";
import { toLocaleDateTimeString } from "@web/core/l10n/dates";
import { localization } from "@web/core/l10n/localization";
import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

const MORNING = { hour: 9, minute: 0, second: 0, millisecond: 0 };

/** Asks when a message is to leave. Times are those of the user's zone. */
export class SendLaterDialog extends Component {
    static template = "omnichannel_connector.SendLaterDialog";
    static components = { DateTimeInput, Dialog };
    static props = { close: Function, select: Function };

    setup() {
        super.setup();
        const now = DateTime.now();
        this.presets = [
            { id: "hour", label: _t("In 1 hour"), moment: now.plus({ hours: 1 }) },
            {
                id: "morning",
                label: _t("Tomorrow morning"),
                moment: now.plus({ days: 1 }).set(MORNING),
            },
        ];
        this.state = useState({ moment: now.plus({ hours: 2 }).startOf("hour") });
    }

    /** As the user writes moments elsewhere, without the seconds. */
    get inputFormat() {
        return localization.dateTimeFormat.replace(/\W?ss/, "");
    }

    format(moment) {
        return toLocaleDateTimeString(moment);
    }

    get canSchedule() {
        return Boolean(this.state.moment && this.state.moment > DateTime.now());
    }

    onChange(moment) {
        this.state.moment = moment;
    }

    select(moment) {
        this.props.close();
        this.props.select(moment);
    }
}
