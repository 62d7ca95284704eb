import { Message } from "@mail/core/common/message_model";
import { fields } from "@mail/core/common/record";

import { patch } from "@web/core/utils/patch";

patch(Message.prototype, {
    setup() {
        super.setup(...arguments);
        /** @type {number|undefined} the card of a document that this line is */
        this.omnichannelCard = fields.Attr(undefined);
        /** Whether the user may not see that document: then there is no line, either. */
        this.isOmnichannelCardHidden = fields.Attr(false);
    },
});
