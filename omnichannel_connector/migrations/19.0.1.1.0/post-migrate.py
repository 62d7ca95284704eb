from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from odoo.addons.omnichannel_connector.models.omnichannel_conversation_clock import COLUMNS

BATCH_SIZE = 10_000  # conversations a statement


def migrate(cr, version):
    """Fill what conversations know of their messages now: who waits, since when, what is unread."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.flush_all()  # what the update wrote is not in the database yet
    conversations = env["omnichannel.conversation"]
    cr.execute("SELECT min(id), max(id) FROM omnichannel_conversation")
    first, last = cr.fetchone()
    note_authors(cr)
    if first:
        note_seen(cr)
        for start in range(first, last + 1, BATCH_SIZE):
            fill_clocks(cr, conversations, start, start + BATCH_SIZE - 1)
        settle_closed(cr)
        open_episodes(cr)
    env.invalidate_all()


def note_authors(cr):
    """Who posted an answer until now is its agent, in reports too."""
    cr.execute(
        """
        UPDATE omnichannel_message AS m SET user_id = m.create_uid
          FROM res_users AS u
         WHERE u.id = m.create_uid AND u.id <> %s AND u.share IS NOT TRUE
           AND m.origin = 'agent' AND m.direction = 'outbound' AND m.user_id IS NULL
        """,
        [SUPERUSER_ID],
    )


def note_seen(cr):
    """What an assignee has seen in Discuss is seen."""
    cr.execute(
        """
        UPDATE omnichannel_message AS m SET is_seen = TRUE
          FROM omnichannel_conversation AS c
          JOIN discuss_channel_member AS member ON member.channel_id = c.channel_id
         WHERE m.conversation_id = c.id AND m.direction = 'inbound' AND m.is_seen IS NOT TRUE
           AND m.mail_message_id <= member.seen_message_id AND c.waiting_for = 'us'
        """
    )


def fill_clocks(cr, conversations, start, end):
    """Write the clocks of the conversations with these ids, as `_derive_clocks` finds them."""
    found = conversations._select_clocks(SQL("c.id BETWEEN %s AND %s", start, end))
    cr.execute(
        SQL(
            "UPDATE omnichannel_conversation AS c SET %s FROM (%s) AS found WHERE c.id = found.id",
            SQL(", ").join(
                SQL("%s = found.%s", SQL.identifier(name), SQL.identifier(name)) for name in COLUMNS
            ),
            found,
        )
    )


def settle_closed(cr):
    """Nobody waits in what was closed: that needed no answer."""
    cr.execute(
        """
        UPDATE omnichannel_message AS m SET is_settled = TRUE
          FROM omnichannel_conversation AS c
         WHERE m.conversation_id = c.id AND m.direction = 'inbound' AND c.state = 'closed'
           AND (c.waiting_since IS NOT NULL OR c.unread_count > 0)
        """
    )
    cr.execute(
        """
        UPDATE omnichannel_conversation SET waiting_since = NULL, unread_count = 0
         WHERE state = 'closed' AND (waiting_since IS NOT NULL OR unread_count > 0)
        """
    )


def open_episodes(cr):
    """Reports begin with who waits now."""
    cr.execute(
        """
        INSERT INTO omnichannel_episode
               (conversation_id, company_id, channel, opened_at,
                create_uid, create_date, write_uid, write_date)
        SELECT id, company_id, last_channel, waiting_since,
               %(user)s, now() AT TIME ZONE 'UTC', %(user)s, now() AT TIME ZONE 'UTC'
          FROM omnichannel_conversation
         WHERE waiting_since IS NOT NULL
            ON CONFLICT DO NOTHING
        """,
        {"user": SUPERUSER_ID},
    )
