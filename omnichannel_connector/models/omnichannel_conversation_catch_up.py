from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

RECENT = timedelta(days=90)
MOST = 10  # cards with which a conversation begins

# What a document sent to a customer, or got from them. Odoo files text messages as notes.
EXCHANGED = SQL(
    """
    m.res_id > 0 AND m.model <> 'discuss.channel' AND NOT starts_with(m.model, 'omnichannel.')
    AND (m.message_type = 'sms' OR m.is_internal IS NOT TRUE
         AND NOT EXISTS (SELECT 1 FROM mail_message_subtype AS s
                          WHERE s.id = m.subtype_id AND s.internal))
    """
)


class OmnichannelConversation(models.Model):
    """A conversation begins with what documents exchanged with the customer lately."""

    _inherit = "omnichannel.conversation"

    def _ensure_channels(self):
        new = self.filtered(lambda conversation: not conversation.channel_id)
        result = super()._ensure_channels()
        if new:
            # sudo: shown is what who looks may read
            new.sudo()._show_recent_mails()
        return result

    def _show_recent_mails(self):
        """Show the newest mails of documents in these new threads, in the order of arrival."""
        mails = self._find_recent_mails()
        if mails:
            self.env["omnichannel.card"]._post_mails(mails)

    def _find_recent_mails(self):
        """Return [(conversation, message, direction)], in one query for all."""
        self.env["mail.message"].flush_model()
        self.env["mail.notification"].flush_model()
        self.flush_recordset()
        since = fields.Datetime.now() - RECENT
        rows = self.env.execute_query(
            SQL(
                """
                SELECT c.id, recent.id, recent.direction
                  FROM omnichannel_conversation AS c
            CROSS JOIN LATERAL (%s) AS recent
                 WHERE c.id IN %s
              ORDER BY recent.id
                """,
                self._select_recent_mails(since),
                tuple(self.ids),
            )
        )
        messages = self.env["mail.message"]
        return [(self.browse(row[0]), messages.browse(row[1]), row[2]) for row in rows]

    @api.model
    def _select_recent_mails(self, since):
        return SQL(
            """
            SELECT m.id, 'outbound' AS direction
              FROM mail_notification AS n
              JOIN mail_message AS m ON m.id = n.mail_message_id
             WHERE n.res_partner_id = c.partner_id AND n.notification_type IN ('email', 'sms')
               AND (m.record_company_id IS NULL OR m.record_company_id = c.company_id)
               AND %(exchanged)s AND m.date >= %(since)s
             UNION ALL
            SELECT m.id, 'inbound' AS direction
              FROM mail_message AS m
             WHERE m.author_id = c.partner_id AND m.message_type = 'email'
               AND (m.record_company_id IS NULL OR m.record_company_id = c.company_id)
               AND %(exchanged)s AND m.date >= %(since)s
          ORDER BY id DESC LIMIT %(most)s
            """,
            exchanged=EXCHANGED,
            since=since,
            most=MOST,
        )
