import { channelIcon } from "@omnichannel_connector/core/common/channel_icons";

import { Component, useState } from "@odoo/owl";

import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

/** What is to leave later, above where one writes: nobody should say it twice. */
export class ScheduledList extends Component {
    static template = "omnichannel_connector.ScheduledList";
    static props = { thread: Object };

    setup() {
        super.setup();
        this.state = useState({ busyId: undefined });
        this.channelIcon = channelIcon;
    }

    isHeldBack(scheduled) {
        return scheduled.state === "held_back";
    }

    headline(scheduled) {
        const { author, channelLabel: channel, scheduledAt } = scheduled;
        const time = toLocaleDateTimeString(deserializeDateTime(scheduledAt));
        return this.isHeldBack(scheduled)
            ? _t("Not sent as scheduled: %(channel)s by %(author)s", { author, channel })
            : _t("%(time)s: %(channel)s by %(author)s", { author, channel, time });
    }

    text({ preview, fileCount }) {
        const files = fileCount ? _t("[%(count)s files]", { count: fileCount }) : "";
        return [preview, files].filter(Boolean).join(" ");
    }

    onClickEdit(scheduled) {
        return this.run(scheduled, () => this.props.thread.editOmnichannelScheduled(scheduled));
    }

    onClickSend(scheduled) {
        return this.run(scheduled, () => this.props.thread.sendOmnichannelNow(scheduled));
    }

    onClickDiscard(scheduled) {
        return this.run(scheduled, () => this.props.thread.discardOmnichannelScheduled(scheduled));
    }

    async run(scheduled, action) {
        if (this.state.busyId) {
            return;
        }
        this.state.busyId = scheduled.id;
        try {
            await action();
        } finally {
            this.state.busyId = undefined;
        }
    }
}
