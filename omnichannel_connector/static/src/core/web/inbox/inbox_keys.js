import { useExternalListener } from "@odoo/owl";

import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/** What the keyboard does in the inbox, as the help lists it. */
export const KEYS = [
    { keys: ["j", "↓"], does: _t("Next conversation") },
    { keys: ["k", "↑"], does: _t("Previous conversation") },
    { keys: ["r"], does: _t("Reply to the customer") },
    { keys: ["n"], does: _t("Write an internal note") },
    { keys: ["a"], does: _t("Assign to me") },
    { keys: ["s", "z"], does: _t("Snooze") },
    { keys: ["e"], does: _t("Close the conversation") },
    { keys: ["Esc"], does: _t("Leave the text, back to the list") },
    { keys: ["/"], does: _t("Search") },
    { keys: ["?"], does: _t("Show this help") },
];

/**
 * Do something when single keys are pressed; never while somebody types or a dialog is open: that
 * is what Odoo's hotkeys take care of.
 *
 * @param {Object<string, function>} callbacks by key
 * @param {import("@web/core/hotkeys/hotkey_service").HotkeyOptions} [options]
 */
export function useKeys(callbacks, options) {
    for (const [key, callback] of Object.entries(callbacks)) {
        useHotkey(key, callback, options);
    }
}

/**
 * The same for signs, which Odoo's hotkeys do not know. They are found elsewhere on each keyboard.
 *
 * @param {Object<string, function>} callbacks by sign
 */
export function useSigns(callbacks) {
    const ui = useService("ui");
    useExternalListener(window, "keydown", (ev) => {
        const callback = callbacks[ev.key];
        const isCommand = ev.ctrlKey || ev.metaKey || ev.altKey || ev.repeat;
        const isElsewhere = ui.isBlocked || ui.activeElement !== document;
        if (callback && !isCommand && !isElsewhere && !isEditable(ev.target)) {
            ev.preventDefault();
            callback();
        }
    });
}

function isEditable(element) {
    return (
        element instanceof HTMLElement &&
        (element.matches("input, textarea, select") || element.isContentEditable)
    );
}
