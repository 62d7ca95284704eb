import { ActionPanel } from "@mail/discuss/core/common/action_panel";

import { Component, onWillUnmount, onWillUpdateProps, useEffect, useState } from "@odoo/owl";

import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/** What changes a conversation often changes it several times: it is read again once. */
export const RELOAD_DELAY = 1000;

/**
 * The sections of the panel, by the name that `get_panel` gives their values. A section's component
 * gets `values`, `thread` and `reload`, and is shown when there are values.
 */
export const panelRegistry = registry.category("omnichannel.panel");

/** Who this is and what there is of them, beside the thread. */
export class Panel extends Component {
    static template = "omnichannel_connector.Panel";
    static components = { ActionPanel };
    static props = ["thread"];

    setup() {
        this.orm = useService("orm");
        this.state = useState({ values: {}, isFailed: false, isLoaded: false });
        this.reload = this.reload.bind(this);
        this.request = 0;
        // nobody waits for it: the thread is there before
        this.load(this.props.thread);
        onWillUpdateProps(({ thread }) => this.onThread(thread));
        useEffect(
            () => this.onNews(),
            () => [this.props.thread.id, this.news]
        );
        onWillUnmount(() => {
            this.request++;
            browser.clearTimeout(this.timeout);
        });
    }

    get sections() {
        return panelRegistry
            .getEntries()
            .filter(([name]) => name in this.state.values)
            .map(([name, Section]) => ({ name, Section, values: this.state.values[name] }));
    }

    /** What tells that the record may have changed: the conversation's own state, a new message. */
    get news() {
        const { omnichannel, newestPersistentOfAllMessage } = this.props.thread;
        return JSON.stringify([omnichannel, newestPersistentOfAllMessage?.id]);
    }

    onNews() {
        const { id } = this.props.thread;
        if (this.shownId === id && this.shownNews !== this.news) {
            browser.clearTimeout(this.timeout);
            this.timeout = browser.setTimeout(this.reload, RELOAD_DELAY);
        }
        this.shownId = id;
        this.shownNews = this.news;
    }

    onThread(thread) {
        if (thread.id !== this.props.thread.id) {
            // what belongs to one customer never stands beside another one's thread
            Object.assign(this.state, { values: {}, isLoaded: false });
            browser.clearTimeout(this.timeout);
            this.load(thread);
        }
    }

    async load(thread) {
        const request = ++this.request;
        let values;
        try {
            values = await this.orm.silent.call("omnichannel.conversation", "get_panel", [
                [thread.omnichannel.id],
            ]);
        } catch {
            // whatever it was, the panel says so and offers to try again
        }
        if (request === this.request) {
            this.state.isFailed = !values;
            this.state.isLoaded = true;
            Object.assign(this.state, values && { values });
        }
    }

    reload() {
        return this.load(this.props.thread);
    }
}
