"""A link and what is written at the same moment: nothing stays behind unnoticed."""

from odoo.tests import tagged

from .race_common import TwoTransactions

NUMBER = "+12025550177"


@tagged("-at_install", "post_install")
class TestLinkRace(TwoTransactions):
    """A link in one transaction, and messages of that address in the other."""

    def setUp(self):
        super().setUp()
        account = self.one["omnichannel.account"].create(
            {"name": "Race", "channel": "sms", "external_id": "ACRACE", "sender": "+15005550177"}
        )
        self.account_id = account.id
        self._receive(self.one, "first", 10)
        self._receive(self.one, "second", 20)
        self.ana_id = self.one["res.partner"].create({"name": "Ana in a race"}).id
        self.one.cr.commit()

    def _remove(self, env):
        account = env["omnichannel.account"].browse(self.account_id)
        messages = env["omnichannel.message"].search([("account_id", "=", account.id)])
        identities = self._identity(env)
        partners = messages.conversation_id.partner_id | identities.partner_id
        partners |= identities.home_partner_id | env["res.partner"].browse(self.ana_id)
        conversations = env["omnichannel.conversation"].search([("partner_id", "in", partners.ids)])
        channels, leads = conversations.channel_id, conversations.lead_id
        conversations.unlink()
        channels.unlink()
        leads.unlink()
        identities.unlink()
        partners.with_context(active_test=False).unlink()
        account.unlink()

    def _identity(self, env):
        return env["omnichannel.identity"].search([("value", "=", NUMBER)])

    def _receive(self, env, text, minute):
        self._receive_from(env, NUMBER, text, minute)

    def _link(self, env):
        self._identity(env)._link(env["res.partner"].browse(self.ana_id), "staff")
        env.flush_all()

    def _begin(self, env):
        """Let a transaction see the world as it is now, as one that has just begun to read."""
        env.invalidate_all()
        self._identity(env).partner_id.omnichannel_conversation_ids.mapped("name")

    def _again(self, env, work):
        """Do what was refused again, as Odoo and the event processor do."""
        self._forget(env)
        work()
        env.cr.commit()

    def _assert_all_with_ana(self):
        self._forget(self.one)
        identity = self._identity(self.one)
        messages = self.one["omnichannel.message"].search([("identity_id", "=", identity.id)])
        self.assertEqual(messages.conversation_id.partner_id.id, self.ana_id)
        self.assertEqual(messages.mail_message_id.author_id.id, self.ana_id)
        return messages

    # Late messages, between two others: those change no clock, and nothing but `_touch` is noticed.

    def test_a_late_message_does_not_land_where_the_address_was(self):
        self._begin(self.one)
        self._link(self.two)
        self.two.cr.commit()

        self._assert_conflict(lambda: self._receive(self.one, "late", 15))
        self._again(self.one, lambda: self._receive(self.one, "late", 15))

        self.assertEqual(len(self._assert_all_with_ana()), 3)

    def test_a_link_leaves_no_message_behind_that_came_meanwhile(self):
        self._begin(self.two)
        self._receive(self.one, "late", 15)
        self.one.cr.commit()

        self._assert_conflict(lambda: self._link(self.two))
        self._again(self.two, lambda: self._link(self.two))

        self.assertEqual(len(self._assert_all_with_ana()), 3)

    def test_a_link_leaves_no_note_behind_that_was_written_meanwhile(self):
        self._begin(self.two)
        stream = self._identity(self.one).partner_id.omnichannel_conversation_ids.channel_id
        note = stream.message_post(body="A note", message_type="comment")
        self.one.cr.commit()

        self._assert_conflict(lambda: self._link(self.two))
        self._again(self.two, lambda: self._link(self.two))

        messages = self._assert_all_with_ana()
        note.invalidate_recordset()
        self.assertEqual(note.res_id, messages.conversation_id.channel_id.id)
