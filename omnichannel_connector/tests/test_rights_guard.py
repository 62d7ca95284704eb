"""What changes who sees a conversation, and what may not."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .rights_common import RightsCase


@tagged("-at_install", "post_install")
class TestRightsGuard(RightsCase):
    # === WHO IS WHO === #

    def test_a_team_that_is_not_private_sees_what_nobody_took_and_no_colleagues(self):
        user = self.users["other_team"]
        self.company.omnichannel_is_team_private = False
        self.assertIn(self.conversation, self._seen(user))

        self.conversation.user_id = self.users["insider"]

        self.assertNotIn(self.conversation, self._seen(user))
        self.assertFalse(self.claim.with_user(user).has_access("read"), "what was typed there")
        for model in ("omnichannel.message", "omnichannel.delivery", "omnichannel.call"):
            self.assertFalse(self._read(lambda m=model: self.hidden(m).with_user(user).search([])))

    def _seen(self, user):
        self.env.invalidate_all()
        return self.env["omnichannel.conversation"].with_user(user).search([]).with_env(self.env)

    def test_the_contact_is_everybodys(self):
        for role in ("employee", "other_team"):
            self.assertEqual(self.bea.with_user(self.users[role]).name, "Bea")

    def test_an_address_is_seen_again_when_the_customer_writes_to_the_own_team(self):
        identity = self.identity
        user = self.users["other_team"]
        self.assertFalse(identity.with_user(user).has_access("read"))
        self.assertFalse(identity.with_user(user).search([("id", "=", identity.id)]))

        self.conversation.team_id = self.team_a

        self.env.invalidate_all()
        self.assertTrue(identity.with_user(user).has_access("read"))
        self.assertTrue(identity.with_user(user).search([("id", "=", identity.id)]))

    def test_who_was_staff_sees_nothing_any_more(self):
        user = self.users["insider"]
        self.conversation.user_id = user
        self.assertIn(user.partner_id, self.channel.channel_member_ids.partner_id)

        user.group_ids = [(6, 0, self.env.ref("base.group_portal").ids)]

        self.env.invalidate_all()
        self.assertFalse(self.channel.with_user(user).has_access("read"))
        self.assertFalse(self.note.with_user(user).has_access("read"))

    # === REWIRING === #

    def test_no_conversation_is_given_another_thread(self):
        own = self._receive_sms("Hi", sender="+12025550177", sid="SM2")
        user = self.users["other_team"]
        own.write({"team_id": self.team_a.id, "user_id": user.id})
        for values in (
            {"channel_id": self.channel.id},
            {"partner_id": self.users["employee"].partner_id.id},
            {"moved_to_id": self.conversation.id},
            {"company_id": self.company_2.id},
            {"message_ids": [(4, self.conversation.message_ids[:1].id)]},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                own.with_user(user).write(values)

        own.with_user(user).write({"state": "snoozed", "user_id": False})

    def test_no_channel_is_made_a_thread_of_it(self):
        values = {"name": "Mine", "omnichannel_conversation_id": self.conversation.id}
        for role in ("employee", "other_team"):
            discuss = self.env["discuss.channel"].with_user(self.users[role])
            group = discuss.create({"name": "Mine", "channel_type": "group"})
            with self.assertRaises(AccessError):
                group.write({"omnichannel_conversation_id": self.conversation.id})
            for kind in ("group", "omnichannel"):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    discuss.create({**values, "channel_type": kind})
            context = {"default_omnichannel_conversation_id": self.conversation.id}
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                discuss.with_context(**context).create({"name": "Mine", "channel_type": "group"})

    def test_a_member_does_not_change_the_thread(self):
        user = self.users["insider"]
        self.conversation.user_id = user
        stream = self.channel.with_user(user)
        for values in ({"active": False}, {"name": "Ours"}, {"uuid": "known"}):
            with self.assertRaises(AccessError):
                stream.write(values)
