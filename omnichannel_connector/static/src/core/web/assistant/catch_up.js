import { ActionPanel } from "@mail/discuss/core/common/action_panel";
import { channelIcon } from "@omnichannel_connector/core/common/channel_icons";
import { formatWhen } from "@omnichannel_connector/core/web/record/record_view";

import { Component, onWillUpdateProps, useState } from "@odoo/owl";

import { useService } from "@web/core/utils/hooks";

/** What is open in a thread, in its own words: each line leads to where it stands. */
export class CatchUp extends Component {
    static template = "omnichannel_connector.CatchUp";
    static components = { ActionPanel };
    static props = ["thread"];

    setup() {
        this.orm = useService("orm");
        this.store = useService("mail.store");
        this.ui = useService("ui");
        this.channelIcon = channelIcon;
        this.when = formatWhen;
        this.state = useState({
            found: undefined,
            isFailed: false,
            isWriting: false,
            summary: "",
            hint: "",
        });
        this.request = 0;
        this.load(this.props.thread);
        onWillUpdateProps(({ thread }) => {
            if (thread.id !== this.props.thread.id) {
                // what belongs to one customer never stands beside another one's thread
                Object.assign(this.state, { found: undefined, summary: "", hint: "" });
                this.load(thread);
            }
        });
    }

    get isEmpty() {
        return !this.state.found.questions.length && !this.state.found.promises.length;
    }

    async load(thread) {
        const request = ++this.request;
        let found;
        try {
            found = await this.orm.silent.call("omnichannel.conversation", "get_catch_up", [
                [thread.omnichannel.id],
            ]);
        } catch {
            // whatever it was, the panel says so and offers to try again
        }
        if (request === this.request) {
            Object.assign(this.state, { found, isFailed: !found, isWriting: false });
        }
    }

    retry() {
        return this.load(this.props.thread);
    }

    /** Show the message that a line is from. */
    async jump({ messageId }) {
        const { thread } = this.props;
        if (this.ui.isSmall || this.env.inChatWindow) {
            this.env.closeActionPanel?.();
        }
        const message = this.store["mail.message"].insert({ id: messageId, thread });
        await this.env.messageHighlight?.highlightMessage(message, thread);
    }

    /** Ask the writing service. What is there without it stays. */
    async summarise() {
        const request = this.request;
        Object.assign(this.state, { isWriting: true, hint: "" });
        const { text, hint } = await this.props.thread.writeOmnichannel("summary");
        if (request === this.request) {
            Object.assign(this.state, { isWriting: false, summary: text, hint });
        }
    }
}
