/**
 * Whether a dialog of an action was left without doing what it is for.
 *
 * @param {{ dismiss?: boolean, special?: boolean }} [info] what the action tells when it closes
 */
export function isDiscarded(info) {
    return Boolean(info?.dismiss || info?.special);
}
