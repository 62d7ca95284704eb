import { Component, useState } from "@odoo/owl";

/** What may answer the customer. A click puts it where one writes; it is never sent by itself. */
export class SuggestedReplies extends Component {
    static template = "omnichannel_connector.SuggestedReplies";
    static props = { thread: Object, insert: Function };

    setup() {
        this.state = useState({ isBusy: false, hint: "" });
    }

    get replies() {
        return this.props.thread.omnichannelReplies.replies;
    }

    icon({ source }) {
        return source === "canned" ? "fa-file-text-o" : "fa-history";
    }

    onClickReply(reply) {
        return this.run(async () =>
            reply.source === "canned"
                ? await this.props.thread.renderOmnichannelText("mail.canned.response", reply.id)
                : { text: reply.text }
        );
    }

    /** Ask the writing service for a draft. Without an answer a person writes as always. */
    onClickDraft() {
        return this.run(() => this.props.thread.writeOmnichannel("draft"));
    }

    onClickHide() {
        this.props.thread.hideOmnichannelReplies();
    }

    async run(fetch) {
        if (this.state.isBusy) {
            return;
        }
        Object.assign(this.state, { isBusy: true, hint: "" });
        const { thread } = this.props;
        try {
            const { text, hint } = await fetch();
            // meanwhile somebody may have gone to another customer, or begun to write
            if (text && thread.eq(this.props.thread) && thread.composer.isOmnichannelEmpty) {
                this.props.insert({ text });
            }
            this.state.hint = hint ?? "";
        } finally {
            this.state.isBusy = false;
        }
    }
}
