import { browser } from "@web/core/browser/browser";

/** Whether this browser's user had the panel open when they last looked at a customer. */
export const PANEL_OPEN_LS = "omnichannel.panel.isOpen";

export function isPanelLeftOpen() {
    return browser.localStorage.getItem(PANEL_OPEN_LS) === "true";
}

/** @param {boolean} isOpen */
export function rememberPanel(isOpen) {
    if (isOpen) {
        browser.localStorage.setItem(PANEL_OPEN_LS, "true");
    } else {
        browser.localStorage.removeItem(PANEL_OPEN_LS);
    }
}
