import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { Deferred } from "@web/core/utils/concurrency";

/** Reads the cards of a thread, all that are shown at one moment in one request. */
export const cardService = {
    dependencies: ["orm"],
    start(env, { orm }) {
        /** @type {Map<number, Deferred>} */
        let waiting = new Map();

        async function read() {
            const asked = waiting;
            waiting = new Map();
            try {
                const ids = [...asked.keys()];
                const cards = await orm.silent.call("omnichannel.card", "read_cards", [ids]);
                const byId = new Map(cards.map((card) => [card.id, card]));
                asked.forEach((deferred, id) =>
                    deferred.resolve(byId.get(id) ?? { id, isHidden: true })
                );
            } catch {
                asked.forEach((deferred) => deferred.resolve(undefined));
            }
        }

        return {
            /**
             * @param {number} id of omnichannel.card
             * @returns {Promise<Object|undefined>} as `read_cards` gives it; nothing when it failed
             */
            load(id) {
                if (!waiting.size) {
                    browser.setTimeout(read);
                }
                if (!waiting.has(id)) {
                    waiting.set(id, new Deferred());
                }
                return waiting.get(id);
            },
        };
    },
};

registry.category("services").add("omnichannel.cards", cardService);
