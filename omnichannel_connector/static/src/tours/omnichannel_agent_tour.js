import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** An agent's work on one conversation: open it, take it, answer, leave a note, close it. */
registry.category("web_tour.tours").add("omnichannel_agent_tour", {
    url: "/odoo/discuss",
    steps: () => [
        {
            trigger: ".o-mail-DiscussSidebarChannel:has(.o-omnichannel-DiscussSidebarChannel-icon)",
            content: _t("A customer wrote. Open the conversation: all channels are one thread."),
            tooltipPosition: "right",
            run: "click",
        },
        {
            trigger: ".o-mail-DiscussContent-header button[name=omnichannel-assign]",
            content: _t("Take it, so that your colleagues know that you answer."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger:
                ".o-omnichannel-ChannelSelector-option:not(.o-note):has(.o-omnichannel-ChannelSelector-detail)",
            content: _t(
                "Choose the way that your answer takes. The customer's last one is chosen."
            ),
            tooltipPosition: "top",
            run: "click",
        },
        {
            trigger: ".o-mail-Composer-input",
            content: _t("Write your answer."),
            tooltipPosition: "top",
            run: "edit We have it. Shall we keep one for you?",
        },
        {
            trigger: ".o-mail-Composer-input",
            content: _t("Press Enter to send it."),
            tooltipPosition: "top",
            run: "press Enter",
        },
        {
            trigger: ".o-omnichannel-ChannelSelector-option.o-note",
            content: _t("A note stays inside: only your colleagues see it."),
            tooltipPosition: "top",
            run: "click",
        },
        {
            trigger: ".o-omnichannel-Composer-note .o-mail-Composer-input",
            content: _t("Write what your colleagues should know."),
            tooltipPosition: "top",
            run: "edit Asked twice already.",
        },
        {
            trigger: ".o-omnichannel-Composer-note .o-mail-Composer-input",
            content: _t("Press Enter to keep the note."),
            tooltipPosition: "top",
            run: "press Enter",
        },
        {
            trigger: ".o-mail-DiscussContent-header button[name=omnichannel-close]",
            content: _t("Done? Close it. It opens again by itself when the customer writes."),
            tooltipPosition: "bottom",
            run: "click",
        },
        { trigger: ".o-mail-DiscussContent-header button[name=omnichannel-reopen]" },
    ],
});
