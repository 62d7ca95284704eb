import { MessagingMenu } from "@mail/core/public_web/messaging_menu";
import { cleanTerm } from "@mail/utils/common/format";

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

/** @type {import("@mail/core/public_web/messaging_menu").MessagingMenu} */
const messagingMenuPatch = {
    beforeOpen() {
        this.store.fetchOmnichannelUnassigned();
        return super.beforeOpen(...arguments);
    },
    get _tabs() {
        const { omnichannelMine, omnichannelUnassigned } = this.store.discuss;
        const tabs = super._tabs;
        if (omnichannelMine?.isVisible || omnichannelUnassigned?.isVisible) {
            tabs.push({
                counter: omnichannelMine.threadsWithCounter.length,
                icon: "fa fa-address-book-o",
                activeIcon: "fa fa-address-book",
                id: "omnichannel",
                label: _t("Customers"),
                sequence: 15,
            });
        }
        return tabs;
    },
    /** On small screens the tab shows what the sidebar shows elsewhere: also who is unassigned. */
    get threads() {
        const threads = super.threads;
        if (this.store.discuss.activeTab !== "omnichannel") {
            return threads;
        }
        const searchTerm = cleanTerm(this.store.discuss.searchTerm);
        const unassigned = this.store.discuss.omnichannelUnassigned.threads.filter(
            (thread) => thread.notIn(threads) && cleanTerm(thread.displayName).includes(searchTerm)
        );
        return [...threads, ...unassigned];
    },
};
patch(MessagingMenu.prototype, messagingMenuPatch);
