import { fields } from "@mail/core/common/record";
import { DiscussApp } from "@mail/core/public_web/discuss_app_model";

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

/** @type {import("models").DiscussApp} */
const discussAppPatch = {
    setup() {
        super.setup(...arguments);
        this.omnichannelMine = fields.One("DiscussAppCategory", {
            compute() {
                return {
                    extraClass: "o-omnichannel-DiscussSidebarCategory-mine",
                    hideWhenEmpty: true,
                    icon: "fa fa-address-book-o",
                    id: "omnichannel.mine",
                    name: _t("My customers"),
                    sequence: 4,
                };
            },
            eager: true,
        });
        this.omnichannelUnassigned = fields.One("DiscussAppCategory", {
            compute() {
                return {
                    extraClass: "o-omnichannel-DiscussSidebarCategory-unassigned",
                    hideWhenEmpty: true,
                    icon: "fa fa-inbox",
                    id: "omnichannel.unassigned",
                    name: _t("Unassigned"),
                    sequence: 5,
                };
            },
            eager: true,
        });
        // what was opened from a list: closed, or a colleague's
        this.omnichannelOthers = fields.One("DiscussAppCategory", {
            compute() {
                return {
                    extraClass: "o-omnichannel-DiscussSidebarCategory-others",
                    hideWhenEmpty: true,
                    icon: "fa fa-folder-open-o",
                    id: "omnichannel.others",
                    name: _t("Other customers"),
                    sequence: 6,
                };
            },
            eager: true,
        });
        this.omnichannelLastThread = fields.One("Thread");
    },
    /** A customer who is not ours stays in the sidebar, and live, as long as we look only. */
    _threadOnUpdate() {
        const last = this.omnichannelLastThread;
        if (last?.channel_type === "omnichannel" && last.notEq(this.thread)) {
            last.isLocallyPinned = false;
        }
        this.omnichannelLastThread = this.thread;
        super._threadOnUpdate(...arguments);
    },
};
patch(DiscussApp.prototype, discussAppPatch);
