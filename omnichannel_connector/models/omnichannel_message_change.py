from markupsafe import Markup, escape

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.mail.tools.discuss import Store

from ..channels.events import Kind
from .timing import to_naive_utc

EDITS = 20  # more than any provider allows
RETRACTED = {"retracted": True}


class OmnichannelMessage(models.Model):
    """What happens to a message after it was written: reactions, edits, taking it back.

    Each of them may come in any order and any number of times: clocks and numbers on the message
    tell what is older than what is shown already.
    """

    _inherit = "omnichannel.message"

    @api.model
    def _receive_changes(self, items):
        """Apply what people did to older messages. Called by the event processor.

        `items` are in provider-time order. Return those whose message is not known (yet).
        """
        targets = self._find_targets([(item.account.id, item.inbound.target_id) for item in items])
        handlers = {
            Kind.REACTION: self._react,
            Kind.EDIT: self._edit,
            Kind.UNSEND: self._retract,
        }
        unmatched = []
        for item in items:
            message = targets.get((item.account.id, item.inbound.target_id))
            if message:
                handlers[item.inbound.kind](message, item.inbound)
            else:
                unmatched.append(item)
        return unmatched

    @api.model
    def _find_targets(self, keys):
        """Return {(account id, external id): message}, of customers' messages and of ours."""
        keys = tuple({key for key in keys if key[1]})
        if not keys:
            return {}
        self.env.flush_all()
        query = SQL(
            """
            SELECT account_id, external_id, id FROM omnichannel_message
             WHERE (account_id, external_id) IN %(keys)s
             UNION ALL
            SELECT account_id, external_id, message_id FROM omnichannel_delivery
             WHERE (account_id, external_id) IN %(keys)s
            """,
            keys=keys,
        )
        rows = self.env.execute_query(query)
        return {
            (account_id, external_id): self.browse(id_) for account_id, external_id, id_ in rows
        }

    # === REACTIONS === #

    @api.model
    def _react(self, message, inbound):
        """Show a reaction as Odoo's own. On a channel everybody has at most one on a message."""
        moment = to_naive_utc(inbound.occurred_at)
        clock = "own_reaction_at" if inbound.is_echo else "reaction_at"
        if message.retracted_at or (message[clock] and moment < message[clock]):
            return
        message[clock] = moment
        partner = message._reacting_partner(inbound)
        if partner:
            message.mail_message_id._omnichannel_set_reaction(partner, inbound.reaction)

    def _reacting_partner(self, inbound):
        """Return who reacted. Nobody, for the echo of what an agent did here: that is shown."""
        if not inbound.is_echo:
            return self.identity_id.partner_id
        agents = self.env.ref("omnichannel_connector.omnichannel_group_agent").all_user_ids
        reactions = self.env["mail.message.reaction"].search(
            [("message_id", "=", self.mail_message_id.id)]
        )
        if reactions.partner_id & agents.partner_id:
            return self.env["res.partner"]
        return self.conversation_id.company_id.partner_id

    # === EDITS === #

    @api.model
    def _edit(self, message, inbound):
        """Replace the text by its last version."""
        moment = to_naive_utc(inbound.occurred_at)
        is_older = (inbound.revision, moment) < (message.revision, message.edited_at or moment)
        if message.retracted_at or is_older:
            return
        message.write({"revision": inbound.revision, "edited_at": moment})
        text = Markup("<br>").join(map(escape, inbound.text.splitlines()))
        message._show_body(Markup('%s <span class="o-mail-Message-edited"></span>') % text)

    def _show_body(self, body):
        """Write a new body and show it to everybody who has the thread open."""
        for message in self:
            mail_message = message.mail_message_id
            mail_message.body = body
            Store(bus_channel=message.conversation_id.channel_id).add(
                mail_message,
                [
                    "body",
                    "write_date",
                    Store.Many("attachment_ids", sort="id"),
                    {"omnichannel": message._to_store_value()},
                ],
            ).bus_send()

    # === TAKING BACK === #

    @api.model
    def _retract(self, message, inbound):
        """Forget what a message said, here and in the stored events. The bubble stays, empty.

        Providers ask for it: https://developers.facebook.com/terms
        """
        if message.retracted_at:
            return
        message.retracted_at = to_naive_utc(inbound.occurred_at)
        mail_message = message.mail_message_id
        self.env["omnichannel.media"]._drop(message)
        reactions = self.env["mail.message.reaction"]
        reactions.search([("message_id", "=", mail_message.id)]).unlink()
        message._show_body(escape(self.env._("(taken back)")))
        message._forget_events(inbound.target_id)

    def _forget_events(self, external_id):
        """Empty the stored events that hold the text of a message."""
        keys = [f"message:{external_id}", f"echo:{external_id}"]
        keys += [f"message_edit:{external_id}:{number}" for number in range(EDITS)]
        # sudo: nobody may write events but the processor
        events_sudo = self.env["omnichannel.event"].sudo()
        events_sudo.search(
            [("account_id", "=", self.account_id.id), ("key", "in", keys)]
        ).payload = RETRACTED
