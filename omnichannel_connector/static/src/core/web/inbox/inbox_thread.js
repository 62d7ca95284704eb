import { DiscussContent } from "@mail/core/public_web/discuss_content";
import { NOTE } from "@omnichannel_connector/core/common/composer_model_patch";
import { useKeys } from "@omnichannel_connector/core/web/inbox/inbox_keys";

/** Discuss's own thread, with its actions under single keys. It takes the focus when asked to. */
export class InboxThread extends DiscussContent {
    static template = "omnichannel_connector.InboxThread";
    static props = [...DiscussContent.props, "onLeave", "isCurrent"];

    setup() {
        super.setup(...arguments);
        // who hurries on to the next customer does nothing to the one before
        const isAvailable = () => this.props.isCurrent;
        useKeys(
            {
                a: () => this.runAction("omnichannel-assign"),
                e: () => this.runAction("omnichannel-close"),
                n: () => this.writeNote(),
                r: () => this.reply(),
                s: () => this.runAction("omnichannel-snooze"),
                z: () => this.runAction("omnichannel-snooze"),
            },
            { isAvailable }
        );
        useKeys(
            { escape: () => this.props.onLeave() },
            {
                area: () => this.root.el,
                bypassEditableProtection: true,
                isAvailable: (target) =>
                    target.matches(".o-mail-Composer-input, [contenteditable]"),
            }
        );
    }

    /** Do what the button in the header does, where there is one now. */
    runAction(id) {
        this.threadActions.actions.find((action) => action.id === id)?.onSelected();
    }

    /** Write to the customer, by the best way now. A text that is begun keeps its way. */
    reply() {
        const { composer } = this.thread;
        if (composer.isOmnichannelEmpty) {
            composer.isOmnichannelKeyManual = false;
            composer.omnichannelSelectedKey = undefined;
            composer.preselectOmnichannelKey();
        }
        composer.autofocus++;
    }

    /** What was begun as a message becomes a note, too: nothing leaves by that. */
    writeNote() {
        const { composer } = this.thread;
        composer.selectOmnichannelKey(NOTE);
        composer.autofocus++;
    }
}
