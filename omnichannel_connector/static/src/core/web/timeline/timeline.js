import { Component, onWillUpdateProps, useState } from "@odoo/owl";

import { channelIcon } from "@omnichannel_connector/core/common/channel_icons";
import { formatWhen } from "@omnichannel_connector/core/web/record/record_view";

import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const PAGE = 30;

/** What a customer and we said to each other, on all channels, newest first. */
export class Timeline extends Component {
    static template = "omnichannel_connector.Timeline";
    static props = { ...standardWidgetProps };

    static nextId = 1;

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.store = useService("mail.store");
        this.id = `o-omnichannel-Timeline-${Timeline.nextId++}`;
        this.state = useState({
            channel: "",
            channels: [],
            direction: "",
            entries: [],
            hasMore: false,
            isFailed: false,
            isLoaded: false,
        });
        this.request = 0;
        this.load(this.props.record.resId);
        onWillUpdateProps(({ record }) => {
            if (record.resId !== this.resId) {
                Object.assign(this.state, { channel: "", direction: "", channels: [] });
                this.load(record.resId);
            }
        });
    }

    /** The filter's choices: everything, and each channel that there are messages of. */
    get channelOptions() {
        const total = this.state.channels.reduce((sum, { count }) => sum + count, 0);
        return [
            { code: "", label: _t("All channels"), count: total, icon: "fa fa-fw fa-list" },
            ...this.state.channels.map((channel) => ({
                ...channel,
                icon: channelIcon(channel.code),
            })),
        ];
    }

    get directionOptions() {
        return [
            { code: "", label: _t("Both ways"), icon: "fa fa-fw fa-exchange" },
            { code: "inbound", label: _t("From the customer"), icon: "fa fa-fw fa-arrow-down" },
            { code: "outbound", label: _t("From us"), icon: "fa fa-fw fa-arrow-up" },
        ];
    }

    filter(values) {
        Object.assign(this.state, values);
        this.load(this.resId);
    }

    /** @param {number|false} resId of the customer; a new record has none */
    async load(resId, { isOlder = false } = {}) {
        this.resId = resId;
        const request = ++this.request;
        if (!isOlder) {
            Object.assign(this.state, { entries: [], hasMore: false, isLoaded: false });
        }
        this.state.isFailed = false;
        const page = resId ? await this.fetch(resId, isOlder) : { entries: [], channels: [] };
        if (request !== this.request) {
            return;
        }
        this.state.isLoaded = true;
        this.state.isFailed = !page;
        if (page) {
            this.state.entries.push(...page.entries);
            this.state.hasMore = page.hasMore;
            this.state.channels = page.channels ?? this.state.channels;
        }
    }

    async fetch(resId, isOlder) {
        const last = isOlder && this.state.entries.at(-1);
        try {
            return await this.orm.silent.call(
                "res.partner",
                "get_omnichannel_timeline",
                [[resId]],
                {
                    channel: this.state.channel || false,
                    direction: this.state.direction || false,
                    before_id: last && !last.isCard && last.id,
                    before_card_id: (last && last.isCard && last.id) || false,
                    limit: PAGE,
                }
            );
        } catch {
            // whatever it was, the list says so and offers to try again
            return undefined;
        }
    }

    loadOlder() {
        return this.load(this.resId, { isOlder: true });
    }

    retry() {
        return this.load(this.resId, { isOlder: this.state.entries.length > 0 });
    }

    channelIcon(entry) {
        return channelIcon(entry.channel);
    }

    when(entry) {
        return formatWhen(entry.occurredAt);
    }

    duration({ call }) {
        return luxon.Duration.fromMillis(call.seconds * 1000).toFormat(
            call.seconds < 3600 ? "m:ss" : "h:mm:ss"
        );
    }

    isAlarming(entry) {
        return ["failed", "unknown", "canceled"].includes(entry.state);
    }

    filesLabel(entry) {
        return entry.attachments === 1
            ? _t("1 file")
            : _t("%(count)s files", { count: entry.attachments });
    }

    href(entry) {
        return `/odoo/action-mail.action_discuss?active_id=discuss.channel_${entry.threadId}&highlight_message_id=${entry.mailMessageId}`;
    }

    /** Show the message in its thread. */
    async onClickEntry(ev, { mailMessageId, threadId }) {
        if (ev.ctrlKey || ev.metaKey || ev.shiftKey) {
            return;
        }
        ev.preventDefault();
        const thread = await this.store.Thread.getOrFetch({
            model: "discuss.channel",
            id: threadId,
        });
        if (thread) {
            thread.highlightMessage = mailMessageId;
        }
        this.action.doAction({
            type: "ir.actions.client",
            tag: "mail.action_discuss",
            params: { active_id: `discuss.channel_${threadId}` },
        });
    }
}

registry.category("view_widgets").add("omnichannel_timeline", { component: Timeline });
