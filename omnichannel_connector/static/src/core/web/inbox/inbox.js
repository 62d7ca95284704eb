import { browser } from "@web/core/browser/browser";
import { Reactive } from "@web/core/utils/reactive";

export const PAGE = 40;

/** More rows than these are not asked for at once: the server gives no more. */
export const MOST = 100;

const SEARCH = { box: "waiting_us", search: "", channels: [] };

/**
 * The rows of the chosen box, as far as they were read, and what to choose from.
 *
 * Whatever asks the server waits for what was asked before, and is void when another box was chosen
 * meanwhile: no late answer brings a row back that left.
 *
 * @typedef {Object} InboxRow as `omnichannel.conversation._prepare_inbox_row` gives it
 */
export class Inbox extends Reactive {
    /**
     * @param {(method: string, args: Array, kwargs?: Object) => Promise} call a method of the
     *  conversations on the server
     * @param {string} storageKey where this browser remembers what the user chose
     */
    constructor(call, storageKey) {
        super();
        this.call = call;
        this.storageKey = storageKey;
        /** @type {InboxRow[]} newest first */
        this.rows = [];
        this.counts = {};
        /** @type {[string, number]|false} where the next page begins */
        this.next = false;
        this.setup = { boxes: [], channels: [], searches: [], canConfigure: false };
        this.isReady = false;
        this.isFailed = false;
        this.isReadingOn = false;
        this.generation = 0;
        this.queue = Promise.resolve();
        Object.assign(this, SEARCH, this.remembered);
    }

    // === WHAT IS CHOSEN === //

    get query() {
        return { box: this.box, search: this.search, channels: this.channels };
    }

    get isFiltered() {
        return Boolean(this.search || this.channels.length);
    }

    get remembered() {
        try {
            const { box, channels } = JSON.parse(browser.localStorage.getItem(this.storageKey));
            return { box, channels };
        } catch {
            return {}; // nothing, or nothing that we wrote
        }
    }

    remember() {
        const { box, channels } = this;
        if (box !== "any") {
            browser.localStorage.setItem(this.storageKey, JSON.stringify({ box, channels }));
        }
    }

    /** @param {{box?: string, search?: string, channels?: string[]}} values */
    choose(values) {
        Object.assign(this, values);
        if (this.box === "any" && !this.search) {
            this.box = this.remembered.box ?? SEARCH.box;
        }
        this.remember();
        return this.load();
    }

    toggleChannel(code) {
        const others = this.channels.filter((channel) => channel !== code);
        const isOff = others.length === this.channels.length;
        return this.choose({ channels: isOff ? [...others, code] : others });
    }

    // === READING === //

    /** Read everything for the first time. */
    async start() {
        const setup = await this.ask("get_inbox_setup");
        if (setup) {
            this.setup = setup;
            const codes = setup.channels.map(({ code }) => code);
            this.channels = this.channels.filter((channel) => codes.includes(channel));
            if (!setup.boxes.includes(this.box)) {
                this.box = SEARCH.box;
            }
        }
        return this.load();
    }

    /** Read the first page of what is chosen; what was asked before is void. */
    load() {
        this.generation++;
        this.queue = Promise.resolve();
        Object.assign(this, { rows: [], next: false, isReady: false, isReadingOn: false });
        return this.refresh();
    }

    /** Read again what is shown. */
    refresh() {
        return this.enqueue(async (isCurrent) => {
            const limit = Math.min(Math.max(PAGE, this.rows.length), MOST);
            const page = await this.ask("get_inbox", [], { ...this.query, limit });
            if (!isCurrent()) {
                return;
            }
            this.isReady = true;
            this.isFailed = !page;
            Object.assign(this, page);
        });
    }

    /** Read the next page. */
    readOn() {
        if (!this.next || this.isReadingOn) {
            return;
        }
        this.isReadingOn = true;
        return this.enqueue(async (isCurrent) => {
            const values = { ...this.query, before: this.next, limit: PAGE };
            const page = await this.ask("get_inbox", [], values);
            if (!isCurrent()) {
                return;
            }
            this.isReadingOn = false;
            this.isFailed = !page;
            if (page) {
                this.next = page.next;
                this.insert(page.rows);
            }
        });
    }

    /**
     * Read again conversations that changed: they may stand elsewhere, or not at all.
     *
     * @param {number[]} ids
     */
    update(ids) {
        if (ids.length > MOST) {
            return this.refresh();
        }
        return this.enqueue(async (isCurrent) => {
            const result = await this.ask("get_inbox_rows", [ids], this.query);
            if (!isCurrent()) {
                return;
            }
            this.isFailed = !result;
            if (result) {
                this.counts = result.counts;
                this.rows = this.rows.filter((row) => !ids.includes(row.id));
                this.insert(result.rows.filter((row) => this.isRead(row)));
            }
        });
    }

    /** Whether a row stands in what was read; else it comes with a later page. */
    isRead(row) {
        return !this.next || compareRows(row, { lastAt: this.next[0], id: this.next[1] }) <= 0;
    }

    /** Put rows where they belong. */
    insert(rows) {
        const ids = new Set(rows.map((row) => row.id));
        const others = this.rows.filter((row) => !ids.has(row.id));
        this.rows = [...others, ...rows].sort(compareRows);
    }

    /** @param {(isCurrent: () => boolean) => Promise} work */
    enqueue(work) {
        const generation = this.generation;
        const isCurrent = () => generation === this.generation;
        this.queue = this.queue.then(() => isCurrent() && work(isCurrent));
        return this.queue;
    }

    /** @returns {Promise<Object|undefined>} nothing when it failed: the list offers to try again */
    async ask(method, args = [], kwargs = {}) {
        try {
            return await this.call(method, args, kwargs);
        } catch {
            return undefined;
        }
    }

    // === SAVED SEARCHES === //

    async save(name) {
        this.setup.searches = await this.call("save_inbox_search", [name], this.query);
    }

    async forget(id) {
        this.setup.searches = await this.call("delete_inbox_search", [id], {});
    }

    isChosen({ box, search, channels }) {
        return JSON.stringify({ box, search, channels }) === JSON.stringify(this.query);
    }
}

/** Newest first, as the server orders them. */
function compareRows(row, other) {
    if (row.lastAt !== other.lastAt) {
        return row.lastAt < other.lastAt ? 1 : -1;
    }
    return other.id - row.id;
}
