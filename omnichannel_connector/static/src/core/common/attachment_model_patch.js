import { Attachment } from "@mail/core/common/attachment_model";

import { patch } from "@web/core/utils/patch";

/** Formats in which a file can do something. Office documents only sound like them. */
const ACTIVE = /svg|html|xml|script|css/;
const OFFICE = "application/vnd.openxmlformats";

const canPlay = new Map();

/** @param {string} mimetype @returns {"audio"|"video"|undefined} how the browser can play it */
function playerOf(mimetype) {
    const kind = mimetype?.split("/")[0];
    if (kind !== "audio" && kind !== "video") {
        return undefined;
    }
    if (!canPlay.has(mimetype)) {
        canPlay.set(mimetype, Boolean(document.createElement(kind).canPlayType(mimetype)));
    }
    return canPlay.get(mimetype) ? kind : undefined;
}

/** What customers send is played where it stands, and never run. */
const attachmentPatch = {
    get isOmnichannel() {
        return Boolean(this.message?.omnichannel);
    },
    get isOmnichannelActive() {
        return Boolean(
            this.isOmnichannel &&
            ACTIVE.test(this.mimetype ?? "") &&
            !this.mimetype.startsWith(OFFICE)
        );
    },
    /** @returns {"audio"|"video"|undefined} */
    get omnichannelPlayer() {
        const isFile = this.isOmnichannel && !this.uploading && this.type !== "url" && !this.voice;
        return isFile ? playerOf(this.mimetype) : undefined;
    },
    get isImage() {
        return !this.isOmnichannelActive && super.isImage;
    },
    get isText() {
        return !this.isOmnichannelActive && super.isText;
    },
};
patch(Attachment.prototype, attachmentPatch);
