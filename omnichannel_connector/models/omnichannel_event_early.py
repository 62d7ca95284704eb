from odoo import api, models
from odoo.tools import SQL


class OmnichannelEvent(models.Model):
    """Events that came before the message that they are about.

    Providers keep no order: an unsend, a reaction or a status may be here first. Such an event
    waits as `early` and gets its effect together with its message, however much later that comes.
    """

    _inherit = "omnichannel.event"

    @api.model
    def _wait_for_messages(self, items):
        """Let the events of these items wait for the messages that they are about."""
        for item in items:
            item.event.write(
                {
                    "state": "early",
                    "kind": item.inbound.kind.value,
                    "target": item.inbound.target_id,
                }
            )

    @api.model
    def _early_for(self, keys):
        """Return the events that wait for one of these (account id, external id)."""
        keys = tuple({key for key in keys if key[1]})
        if not keys:
            return self.browse()
        query = SQL(
            """
            SELECT id FROM omnichannel_event
             WHERE state = 'early' AND (account_id, target) IN %s
          ORDER BY id
            """,
            keys,
        )
        return self.browse([row[0] for row in self.env.execute_query(query)])

    @api.model
    def _wake_early(self, account_id, external_ids):
        """Process what waits for these messages. For those who learn an external id otherwise
        than from an event: the delivery queue."""
        self._early_for([(account_id, external_id) for external_id in external_ids])._wake()

    @api.model
    def _cron_wake_early(self):
        """Wake events whose message is here after all.

        Message and event may have been processed at the same moment by two workers, none of which
        saw what the other wrote. Commits.
        """
        self.env.flush_all()
        query = SQL(
            """
            SELECT event.id
              FROM omnichannel_event event
             WHERE event.state = 'early'
               AND (EXISTS (SELECT 1 FROM omnichannel_message message
                             WHERE message.account_id = event.account_id
                               AND message.external_id = event.target)
                 OR EXISTS (SELECT 1 FROM omnichannel_delivery delivery
                             WHERE delivery.account_id = event.account_id
                               AND delivery.external_id = event.target))
             LIMIT 1000
            """
        )
        self.browse([row[0] for row in self.env.execute_query(query)])._wake()

    def _wake(self):
        """Have these events processed now."""
        if not self:
            return
        self.write({"state": "new", "error": False})
        for shard in set(self.mapped("shard")):
            # sudo: only administrators may read scheduled actions
            self._processor(shard).sudo()._trigger()
