import { NOTE } from "@omnichannel_connector/core/common/composer_model_patch";
import { channelIcon } from "@omnichannel_connector/core/common/channel_icons";
import { SizeCounter } from "@omnichannel_connector/core/common/size_counter";

import { Component, useState } from "@odoo/owl";

import { deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { uniqueId } from "@web/core/utils/functions";
import { useService } from "@web/core/utils/hooks";

const { DateTime } = luxon;

/**
 * Lets the user choose by which channel the next message goes to the customer, or that it stays
 * inside. Native radio buttons: arrow keys and screen readers work as everywhere.
 */
export class ChannelSelector extends Component {
    static template = "omnichannel_connector.ChannelSelector";
    static components = { SizeCounter };
    static props = {
        composer: Object,
        compact: { type: Boolean, optional: true },
    };

    setup() {
        super.setup();
        this.ui = useService("ui");
        this.groupId = uniqueId("o-omnichannel-ChannelSelector-");
        this.state = useState({ explainedKey: undefined });
    }

    get thread() {
        return this.props.composer.omnichannelThread;
    }

    get isLoading() {
        return this.thread.omnichannelChoicesState === "loading";
    }

    get isFailed() {
        return this.thread.omnichannelChoicesState === "failed";
    }

    /** In an order that does not change when the customer changes channel; the note comes last. */
    get options() {
        const choices = this.isLoading ? [] : this.thread.omnichannelChoices;
        return [...choices]
            .sort((a, b) => a.label.localeCompare(b.label) || a.key.localeCompare(b.key))
            .map((choice) => this.toOption(choice, choices))
            .concat({
                key: NOTE,
                icon: "fa fa-fw fa-lock",
                label: _t("Note"),
                detail: "",
                reason: "",
                title: _t("Internal note: only your colleagues see it"),
            });
    }

    toOption(choice, choices) {
        const isAmbiguous = choices.some(
            (other) =>
                other.key !== choice.key &&
                other.channel === choice.channel &&
                other.address === choice.address &&
                Boolean(other.commentId) === Boolean(choice.commentId)
        );
        const title = _t("%(channel)s to %(address)s, from %(account)s", {
            channel: choice.label,
            address: choice.address,
            account: choice.account,
        });
        return {
            ...choice,
            icon: choice.commentId ? "fa fa-fw fa-bullhorn" : channelIcon(choice.channel),
            detail: [
                choice.commentId && _t("comment"),
                choice.address,
                isAmbiguous && choice.account,
            ]
                .filter(Boolean)
                .join(" · "),
            title: choice.reason ? `${title}\n${choice.reason}` : title,
        };
    }

    isSelected(option) {
        return this.props.composer.omnichannelKey === option.key;
    }

    /** Below the selector: what holds for the selected way, or why another is closed. */
    get hints() {
        const { isOmnichannelNote, omnichannelObstacle, omnichannelChoice } = this.props.composer;
        const explained = this.thread.omnichannelChoices.find(
            (choice) => choice.key === this.state.explainedKey && choice.reason
        );
        if (explained) {
            return [{ icon: "fa-ban", text: `${explained.label}: ${explained.reason}` }];
        }
        if (this.isLoading) {
            return [{ icon: "fa-circle-o-notch fa-spin", text: omnichannelObstacle }];
        }
        if (omnichannelObstacle) {
            return [{ icon: "fa-exclamation-triangle", text: omnichannelObstacle }];
        }
        if (isOmnichannelNote) {
            return this.noteHint ? [this.noteHint] : [];
        }
        return [
            this.getWarningHint(omnichannelChoice),
            this.getWindowHint(omnichannelChoice),
            this.quoteHint,
        ].filter(Boolean);
    }

    /** Why a message may not arrive. A person may try all the same. */
    getWarningHint({ warning }) {
        return warning && { icon: "fa-exclamation-circle", text: warning, isNotable: true };
    }

    /** How long, and to whom of us, a way is open. */
    getWindowHint({ commentId, isLate, until }) {
        const time = until && this.formatTime(until);
        if (commentId) {
            return {
                icon: "fa-bullhorn",
                text: _t("Private answer to a public comment, once, text only"),
                isNotable: true,
            };
        }
        if (isLate) {
            return {
                icon: "fa-user-circle-o",
                text: time
                    ? _t("Only a person may answer now, until %(time)s", { time })
                    : _t("Only a person may answer now"),
                isNotable: true,
            };
        }
        return time && { icon: "fa-clock-o", text: _t("Open until %(time)s", { time }) };
    }

    get quoteHint() {
        const { isOmnichannelQuoteShown, replyToMessage } = this.props.composer;
        return (
            replyToMessage &&
            !isOmnichannelQuoteShown && {
                icon: "fa-eye-slash",
                text: _t("Only your colleagues see what you quote here"),
            }
        );
    }

    get noteHint() {
        const choices = this.thread.omnichannelChoices;
        if (this.isFailed || choices.some((choice) => !choice.reason)) {
            return undefined;
        }
        const text = choices.length
            ? _t("No channel is open. %(channel)s: %(reason)s", {
                  channel: choices[0].label,
                  reason: choices[0].reason,
              })
            : _t("No connected channel reaches this customer.");
        return { icon: "fa-ban", text };
    }

    formatTime(until) {
        const end = deserializeDateTime(until);
        const format = { hour: "numeric", minute: "numeric" };
        if (!end.hasSame(DateTime.now(), "day")) {
            Object.assign(format, { weekday: "short" });
        }
        if (end.diffNow("days").days > 6) {
            Object.assign(format, { day: "numeric", month: "short" });
        }
        return end.toLocaleString(format, { locale: user.lang });
    }

    onChange(option) {
        this.state.explainedKey = undefined;
        this.props.composer.selectOmnichannelKey(option.key);
    }

    /** By pointer only: the arrow keys must stay in the selector. */
    onClickLabel(option) {
        if (option.reason) {
            this.state.explainedKey = option.key;
        } else if (!this.ui.isSmall) {
            this.props.composer.autofocus++;
        }
    }

    onClickRetry() {
        this.thread.omnichannelChoicesState = "loading";
        this.thread.fetchOmnichannelChoices();
    }
}
