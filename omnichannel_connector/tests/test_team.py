from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import instagram_item
from .team_common import TeamCase


@tagged("-at_install", "post_install")
class TestTeam(TeamCase):
    """What a team may be, and which conversations are its own."""

    def test_a_conversation_is_of_the_team_of_the_account_on_which_it_begins(self):
        self.assertEqual(self._receive_sms("Hello").team_id, self.support)
        self.assertEqual(self._receive_instagram("Hello").team_id, self.sales)

    def test_an_answer_in_the_providers_app_brings_the_team_too(self):
        conversation = self._receive_instagram("Hello", echo=True)

        self.assertFalse(self._identity("instagram", "900000000000001") - conversation.identity_ids)
        self.assertEqual(conversation.team_id, self.sales)

    def test_a_conversation_stays_with_its_team_wherever_the_customer_writes_next(self):
        conversation = self._receive_sms("Hello")
        conversation.team_id = self.sales

        self._receive_sms("Are you there?", sid="SM2")

        self.assertEqual(conversation.team_id, self.sales)

    def test_an_archived_team_gets_nothing(self):
        self.support.active = False

        self.assertFalse(self._receive_sms("Hello").team_id)

    def test_a_batch_of_many_customers_asks_no_more_queries_for_their_teams(self):
        items = [
            instagram_item("Hello", sender=str(900000000000100 + n), mid=f"mid.q{n}")
            for n in range(6)
        ]
        self._store_instagram(instagram_item("Hello", mid="mid.warm"))._process()
        counts = {}
        for team in (self.sales, self.env["omnichannel.team"]):
            self.instagram.team_id = team
            batch, items = items[:3], items[3:]
            events = self._store_instagram(*batch)
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            events._process()
            self.env.flush_all()
            counts[bool(team)] = self.env.cr.sql_log_count - before

        self.assertLessEqual(counts[True], counts[False] + 3)

    def test_a_team_with_conversations_is_archived_not_deleted(self):
        conversation = self._receive_sms("Hello")
        conversation.user_id = self.bo

        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.support.unlink()
        self.support.active = False

        self.assertTrue(conversation.with_user(self.cy).has_access("read"))
        self.assertIn((self.support, "omnichannel_agents"), self.cy._omnichannel_channels())
        self.assertFalse(conversation.with_user(self.stranger).has_access("read"))
        self.sales.unlink()

    # === VALIDATION === #

    def test_a_member_has_to_work_in_the_teams_company(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        foreigner = self._agent("fay", company_id=elsewhere.id, company_ids=[elsewhere.id])

        with self.assertRaisesRegex(ValidationError, "Fay does not work in"):
            self.support.member_ids |= foreigner

    def test_a_portal_user_is_no_member(self):
        portal = self.env["res.users"].create(
            {
                "name": "Pia",
                "login": "pia",
                "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
            }
        )

        with self.assertRaisesRegex(ValidationError, "Pia is a portal user"):
            self.support.member_ids |= portal

    def test_minutes_are_not_negative(self):
        for name in ("first_response_minutes", "next_response_minutes"):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.support.write({name: -1})

    def test_account_conversation_and_team_are_of_one_company(self):
        conversation = self._receive_sms("Hello")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.env["omnichannel.team"].create({"name": "Theirs", "company_id": elsewhere.id})

        with self.assertRaises(UserError):
            conversation.team_id = theirs
        with self.assertRaises(UserError):
            self.sms.team_id = theirs
        with self.assertRaises(ValidationError):
            self.support.write({"company_id": elsewhere.id, "member_ids": [(5,)]})

    def test_a_supervisor_sets_up_a_team_and_an_agent_does_not(self):
        with Form(self.env["omnichannel.team"].with_user(self.supervisor)) as form:
            form.name = "Repairs"
            form.member_ids.add(self.bo)
            form.assignment = "round_robin"
        self.assertEqual(form.record.member_ids, self.bo)

        with self.assertRaises(AccessError):
            form.record.with_user(self.agent).name = "Mine"
        self.assertEqual(form.record.with_user(self.agent).name, "Repairs")

    def test_a_supervisor_moves_a_conversation_in_its_form(self):
        conversation = self._receive_sms("Hello")

        with Form(conversation.with_user(self.supervisor)) as form:
            form.team_id = self.sales

        self.assertEqual(conversation.team_id, self.sales)
