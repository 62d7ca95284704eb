/** How sure it is that an address is this customer's. */
const TRUST_ICONS = {
    claimed: "fa-question-circle-o",
    observed: "fa-user-o",
    attested: "fa-id-card-o",
    confirmed: "fa-shield",
};

/**
 * @param {string} trust level of an identity
 * @returns {string} class name of its icon
 */
export function trustIcon(trust) {
    return TRUST_ICONS[trust] ?? "fa-user-o";
}
