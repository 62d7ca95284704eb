from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCommon

from .common import ANA_NUMBER, OmnichannelMixin
from .team_common import TeamCase

WEDNESDAY = datetime(2030, 1, 2)  # noqa: DTZ001  naive UTC, as Odoo stores it
LOGGER = "odoo.addons.omnichannel_connector.models.omnichannel_conversation_closed"
REPLY = "We are closed.\nBack at nine."


@tagged("-at_install", "post_install")
class TestTeamHours(TeamCase):
    """When a team works, in the time zone of its calendar."""

    def _calendar(self, tz="UTC", hours=((9, 17),), days="01234"):
        return self.env["resource.calendar"].create(
            {
                "name": "Hours",
                "tz": tz,
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": "Work",
                            "dayofweek": day,
                            "hour_from": begin,
                            "hour_to": end,
                            "day_period": "morning",
                        }
                    )
                    for day in days
                    for begin, end in hours
                ],
            }
        )

    def _at(self, hour, minute=0, day=2):
        return WEDNESDAY.replace(day=day, hour=hour, minute=minute)

    def test_without_working_hours_a_team_is_always_open(self):
        self.assertTrue(self.support._is_open(self._at(3)))
        self.assertIsNone(self.support._closed_since(self._at(3)))

    def test_the_calendars_time_zone_counts(self):
        for tz, opens in (("UTC", 9), ("Asia/Tokyo", 0), ("America/New_York", 14)):
            with self.subTest(tz=tz):
                self.support.calendar_id = self._calendar(tz)
                self.assertFalse(self.support._is_open(self._at((opens - 1) % 24)))
                self.assertTrue(self.support._is_open(self._at(opens)))
                self.assertTrue(self.support._is_open(self._at(opens + 7, 59)))
                self.assertFalse(self.support._is_open(self._at(opens + 8)))

    def test_a_closed_period_is_named_by_its_beginning(self):
        self.support.calendar_id = self._calendar()

        friday = self._at(17, day=4)
        for moment in (friday, self._at(12, day=6), self._at(8, 59, day=7)):
            self.assertEqual(self.support._closed_since(moment), friday)
        self.assertIsNone(self.support._closed_since(self._at(9, day=7)))
        self.assertEqual(self.support._closed_since(self._at(17, day=7)), self._at(17, day=7))

    def test_another_companys_holiday_closes_nothing_here(self):
        calendar = self._calendar()
        calendar.company_id = False
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self._team("Theirs", self.env["res.users"], self.env["omnichannel.account"])
        theirs.company_id = elsewhere
        (self.support | theirs).calendar_id = calendar
        holiday = self.env["resource.calendar.leaves"].create(
            {
                "name": "Their holiday",
                "calendar_id": False,
                "date_from": self._at(0),
                "date_to": self._at(23, 59),
            }
        )
        holiday.company_id = elsewhere

        self.assertTrue(self.support._is_open(self._at(10)))
        self.assertFalse(theirs._is_open(self._at(10)))

    def test_a_long_holiday_is_one_period(self):
        self.support.calendar_id = self._calendar()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Works holidays",
                "calendar_id": self.support.calendar_id.id,
                "date_from": self._at(0, day=3),
                "date_to": datetime(2030, 2, 10, 23, 59),  # noqa: DTZ001
            }
        )

        for moment in (self._at(12, day=3), datetime(2030, 2, 8, 12)):  # noqa: DTZ001
            self.assertEqual(self.support._closed_since(moment), self._at(17))


class ClosedMixin:
    """A team that is closed since `began`, whatever the time is; None lets it work."""

    def _close(self):
        self.support.write(
            {
                "calendar_id": self.env["resource.calendar"].create({"name": "Hours"}).id,
                "closed_reply": REPLY,
            }
        )
        self.began = fields.Datetime.now() - timedelta(hours=2)
        self.startPatcher(
            patch.object(
                type(self.env["omnichannel.team"]),
                "_closed_since",
                lambda _team, _moment=None: self.began,
            )
        )

    def _replies(self, conversation):
        return conversation.message_ids.filtered(lambda m: m.origin == "notice").sorted("id")


@tagged("-at_install", "post_install")
class TestTeamClosed(ClosedMixin, TeamCase):
    """Who writes while the team is closed is told so, once."""

    def setUp(self):
        super().setUp()
        self._close()
        self.sid = 0

    def _write(self, text="Hello", **extra):
        self.sid += 1
        conversation = self._receive_sms(text, sid=f"SMclosed{self.sid}", **extra)
        self._attend()
        return conversation

    def test_the_customer_is_told_once_and_still_waits_for_us(self):
        conversation = self._write()
        self._write("Are you there?")

        reply = self._replies(conversation)
        self.assertEqual(len(reply), 1)
        self.assertEqual(reply.delivery_ids.text, REPLY)
        self.assertEqual(reply.delivery_ids.identity_id.value, ANA_NUMBER)
        self.assertEqual(reply.mail_message_id.author_id, self.env.company.partner_id)
        self.assertEqual(conversation.waiting_for, "us")
        self.assertFalse(conversation.last_outbound_at)
        self.assertFalse(conversation.user_id)
        conversation._derive_clocks()
        self.assertEqual(conversation.waiting_for, "us")

    def test_it_leaves_on_the_account_on_which_the_customer_wrote(self):
        self.instagram.team_id = self.support

        conversation = self._receive_instagram("Hello")
        self._attend()

        self.assertEqual(self._replies(conversation).account_id, self.instagram)

    def test_the_next_closed_period_begins_anew(self):
        conversation = self._write()
        self.began += timedelta(hours=1)

        self._write("Are you there?")

        self.assertEqual(len(self._replies(conversation)), 2)

    def test_an_open_team_says_nothing(self):
        self.began = None

        self.assertFalse(self._replies(self._write()))

    def test_a_team_without_a_reply_says_nothing(self):
        self.support.closed_reply = "  "

        self.assertFalse(self._replies(self._write()))

    def test_who_wrote_while_the_team_was_open_is_not_told(self):
        self.began = fields.Datetime.now() + timedelta(hours=1)

        self.assertFalse(self._replies(self._write()))

    def test_a_team_that_opened_meanwhile_says_nothing(self):
        conversation = self._receive_sms("Hello")
        self.assertTrue(conversation.closed_message_id)
        self.began = None

        self._attend()

        self.assertFalse(self._replies(conversation))
        self.assertFalse(conversation.closed_message_id)

    def test_who_was_answered_meanwhile_is_not_told(self):
        conversation = self._receive_sms("Hello")
        conversation.channel_id.with_user(self.agent).message_post(
            body="Hi", message_type="comment", omnichannel_key="sms"
        )

        self._attend()

        self.assertFalse(self._replies(conversation))

    def test_who_talks_with_somebody_after_hours_is_not_told(self):
        self.began = None
        conversation = self._write()
        conversation.channel_id.with_user(self.agent).message_post(
            body="Hi", message_type="comment", omnichannel_key="sms"
        )
        self.began = conversation.last_outbound_at - timedelta(minutes=5)

        self._write("And the blue one?")

        self.assertFalse(self._replies(conversation))

    def test_it_is_said_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.support.with_context(lang="fr_FR").closed_reply = "Nous sommes fermés."
        conversation = self._receive_sms("Bonjour")
        conversation.partner_id.lang = "fr_FR"

        self._attend()

        self.assertEqual(self._replies(conversation).delivery_ids.text, "Nous sommes fermés.")

    def test_who_refuses_messages_is_not_told(self):
        conversation = self._receive_sms("STOP")
        self._write("Hello")
        replies = self._replies(conversation).filtered(lambda m: m.delivery_ids.text == REPLY)

        self.assertFalse(replies)

    def test_a_keyword_is_no_question(self):
        conversation = self._write("HELP")

        texts = self._replies(conversation).delivery_ids.mapped("text")
        self.assertNotIn(REPLY, texts)

    def test_an_answer_in_the_providers_app_is_no_question(self):
        self.instagram.team_id = self.support

        conversation = self._receive_instagram("Hello", echo=True)
        self._attend()

        self.assertFalse(self._replies(conversation))

    def test_a_public_comment_is_not_answered(self):
        self.instagram.team_id = self.support
        comment = {
            "field": "comments",
            "value": {
                "id": "c1",
                "text": "Nice",
                "from": {"id": "900000000000001", "username": "ana"},
                "media": {"id": "m1"},
            },
        }
        self._receive_items(comment, source="changes")
        conversation = self._identity("instagram", "900000000000001").partner_id
        self._attend()

        self.assertTrue(conversation.omnichannel_conversation_ids.message_ids)
        self.assertFalse(self._replies(conversation.omnichannel_conversation_ids))

    def test_an_account_that_is_not_connected_says_nothing(self):
        self.sms.action_disconnect()

        self.assertFalse(self._replies(self._write()))

    def test_a_broken_reply_stops_no_other(self):
        broken, other = (
            self._receive_sms("Hello", sender=f"+1202555017{n}", sid=f"SMb{n}") for n in (1, 2)
        )
        conversations = type(self.env["omnichannel.conversation"])
        send = conversations._send

        def fail(conversation, *args, **kwargs):
            if conversation.id == broken.id:
                raise ValueError("broken")
            return send(conversation, *args, **kwargs)

        self.patch(conversations, "_send", fail)
        with mute_logger(LOGGER):
            self._attend()

        self.assertFalse(self._replies(broken))
        self.assertFalse(broken.closed_message_id)
        self.assertEqual(len(self._replies(other)), 1)

    def test_an_always_closed_calendar_is_one_period(self):
        self.support.calendar_id.attendance_ids.unlink()
        conversation = self._write()

        self._write("Are you there?")

        self.assertEqual(len(self._replies(conversation)), 1)


@tagged("-at_install", "post_install")
class TestTeamClosedMail(ClosedMixin, OmnichannelMixin, MailCommon):
    """What machines write by e-mail is not answered by a machine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.account = cls.env["omnichannel.account"].create(
            {
                "name": "Hello",
                "channel": "email",
                "alias_name": "hello",
                "alias_domain_id": cls.mail_alias_domain.id,
                "state": "connected",
            }
        )
        cls.support = cls.env["omnichannel.team"].create({"name": "Support"})
        cls.account.team_id = cls.support

    def setUp(self):
        super().setUp()
        self._close()

    def _mail(self, headers=""):
        raw = (
            f"From: Ana <ana@example.com>\r\nTo: {self.account.alias_email}\r\n"
            f"Subject: Hello\r\nMessage-ID: <{len(headers)}@example.com>\r\n{headers}"
            "Content-Type: text/plain\r\n\r\nHello"
        )
        root = self.env.ref("base.user_root")
        self.env["mail.thread"].with_user(root).message_process(None, raw)
        self.env["omnichannel.event"].search([("state", "=", "new")])._process()
        conversation = self.env["omnichannel.message"].search([], limit=1).conversation_id
        self._run_cron("ir_cron_omnichannel_team")
        return conversation

    def test_a_person_is_told(self):
        reply = self._replies(self._mail())

        self.assertEqual(len(reply), 1)
        self.assertIn("Back at nine.", reply.mail_message_id.body)
        self.assertIn("auto-replied", reply.delivery_ids.mail_id.headers)

    def test_who_wants_no_automatic_answer_gets_none(self):
        for header in ("X-Auto-Response-Suppress: All", "X-Loop: desk"):
            with self.subTest(header):
                conversation = self._mail(f"{header}\r\n")
                self.assertFalse(self._replies(conversation))
                self.assertEqual(conversation.state, "open")

    def test_an_out_of_office_note_is_not_answered(self):
        conversation = self._mail("Auto-Submitted: auto-replied\r\n")

        self.assertTrue(conversation.message_ids)
        self.assertFalse(self._replies(conversation))
