import { mailDataHelpers } from "@mail/../tests/mock_server/mail_mock_server";

import { makeKwArgs } from "@web/../tests/web_test_helpers";
import { patch } from "@web/core/utils/patch";

patch(mailDataHelpers, {
    _process_request_for_internal_user(store, name, params) {
        super._process_request_for_internal_user(...arguments);
        if (name === "/omnichannel/unassigned") {
            const DiscussChannel = this.env["discuss.channel"];
            const channels = DiscussChannel.browse(
                DiscussChannel._filter([["channel_type", "=", "omnichannel"]])
                    .filter(({ omnichannel }) => omnichannel.state === "open")
                    .filter(({ omnichannel }) => !omnichannel.user_id)
                    .map(({ id }) => id)
            );
            store.add(channels);
            store.add({
                omnichannel_unassigned: mailDataHelpers.Store.many(
                    channels,
                    makeKwArgs({ only_id: true })
                ),
            });
        }
    },
});
