/** How channels look. A channel that is not listed works all the same, with the general icon. */
const CHANNEL_ICONS = {
    document: "fa-file-text-o",
    email: "fa-envelope-o",
    in_person: "fa-handshake-o",
    instagram: "fa-instagram",
    livechat: "fa-comments-o",
    messenger: "fa-facebook-square",
    sms: "fa-commenting-o",
    telegram: "fa-telegram",
    voice: "fa-phone",
    whatsapp: "fa-whatsapp",
};

/**
 * @param {string} channel code of a channel
 * @returns {string} class names of its icon
 */
export function channelIcon(channel) {
    return `fa fa-fw ${CHANNEL_ICONS[channel] ?? "fa-circle-o"}`;
}
