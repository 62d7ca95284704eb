from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.crm.models.crm_lead import CrmLead
from odoo.addons.mail.models.fetchmail import FetchmailServer
from odoo.addons.mail.models.mail_thread import MailThread as CoreThread

from ..models.mail_source import source_of
from .test_email_cases import GATEWAY, EmailGatewayCase

BROKEN = "odoo.addons.omnichannel_connector.models.mail_gateway.MailThread.%s"


class HookError(Exception):
    pass


@tagged("-at_install", "post_install")
class TestEmailGateway(EmailGatewayCase):
    """Whatever raises on the way: a mail to our accounts is kept and can be processed again."""

    @contextmanager
    def _broken(self, name):
        with patch(BROKEN % name, side_effect=HookError), mute_logger(GATEWAY):
            yield

    def _event(self):
        return self.env["omnichannel.event"].search([], limit=1)

    def _assert_lands_when_tried_again(self, raw):
        event = self._event()
        self.assertEqual(event.state, "failed")
        self.assertIn("Error", event.error)
        before = self.conversation.message_ids

        event.action_retry()
        self._process()

        self.assertEqual(event.state, "done")
        self.assertEqual(len(self.conversation.message_ids - before), 1)
        self._deliver_raw(raw)
        self.assertEqual(len(self.conversation.message_ids - before), 1)

    def test_a_broken_hook_keeps_the_mail(self):
        raw = self.mail_of("new")
        for name in ("_omnichannel_take", "_omnichannel_account", "_omnichannel_store"):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                with self._broken(name):
                    self._deliver_raw(raw)

                self._assert_lands_when_tried_again(raw)
                savepoint.rollback()

    def test_an_answer_that_is_known_by_its_thread_only_is_kept_too(self):
        raw = self.mail_of("reply_misses_our_address")
        with self._broken("_omnichannel_take"):
            self._deliver_raw(raw)

        self._assert_lands_when_tried_again(raw)

    def test_a_broken_look_at_recipients_stops_no_mail(self):
        with self._broken("_omnichannel_find_recipients"):
            self._deliver_raw(self.mail_of("new"))

        self.assertEqual(self._event().state, "done")

    def test_a_mail_that_odoo_can_not_read_is_kept(self):
        raw = self.mail_of("new")
        with patch.object(CoreThread, "message_parse", side_effect=HookError), mute_logger(GATEWAY):
            self._deliver_raw(raw)

        self._assert_lands_when_tried_again(raw)

    def test_a_mail_that_can_not_be_stored_as_a_file_arrives(self):
        attachments = type(self.env["ir.attachment"])
        create = attachments.create

        def fail(records, vals_list):
            if vals_list and vals_list[0].get("name") == "message.eml":
                raise OSError("No space left on device")
            return create(records, vals_list)

        with patch.object(attachments, "create", fail), mute_logger(GATEWAY):
            self._deliver_raw(self.mail_of("new"))

        event = self._event()
        self.assertEqual((event.state, event.kind), ("done", "message"))

    def test_the_raw_mail_is_kept_byte_for_byte(self):
        raw = self.mail_of("latin1")

        self._deliver_raw(raw)

        attachment = self.env["ir.attachment"].browse(self._event().payload["attachment_id"])
        self.assertEqual(attachment.raw, raw)

    def test_zeros_in_headers_lose_no_mail_when_something_breaks(self):
        """The database stores them in no text."""
        for name in ("nul_message_id", "nul_references"):
            raw = self.mail_of(name)
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                with mute_logger("odoo.sql_db"):  # of Odoo's own first attempt
                    with self._broken("_omnichannel_take"):
                        self._deliver_raw(raw)
                    self.assertEqual(source_of(self._event()), raw)

                    self._assert_lands_when_tried_again(raw)
                savepoint.rollback()

    def test_the_failure_of_another_document_loses_nothing_of_ours(self):
        raw = self.mail_of("account_and_other_alias")
        before = self.conversation.message_ids
        gateway = self.env["mail.thread"].with_user(self.env.ref("base.user_root"))
        # not assertRaises: Odoo's rolls back what the gateway committed apart
        raised = []
        with (
            patch.object(CrmLead, "message_new", side_effect=HookError),
            patch.object(type(self.env["mail.alias"]), "_alias_bounce_incoming_email"),
            self.enter_registry_test_mode(),
        ):
            try:
                gateway.message_process(None, raw)
            except HookError as error:
                raised.append(error)
        self.assertTrue(raised, "the other part is Odoo's to report")
        self._process()

        self.assertEqual(len(self.conversation.message_ids - before), 1)
        self._deliver_raw(raw)  # the mail server tries again
        self.assertEqual(len(self.conversation.message_ids - before), 1)

    def test_mail_that_is_not_ours_fails_as_it_always_did(self):
        raw = self.mail_of("new").replace(b"hello@shop", b"nobody@shop")
        with self.assertRaises(ValueError):
            self._deliver_raw(raw)

        self.assertNotEqual(self._event().state, "failed")

    def test_portal_users_hand_in_no_mail(self):
        portal = new_test_user(self.env, "petra", groups="base.group_portal")
        before = self._event()

        for user in (portal, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.env["mail.thread"].with_user(user).message_process(None, self.mail_of("new"))

        self.assertEqual(self._event(), before)

    def test_the_gateway_tells_nobody_what_is_there(self):
        """Neither whether a mail is known, nor whose conversation it joins."""
        clerk = self.env["mail.thread"].with_user(new_test_user(self.env, "clerk"))
        answers = {
            clerk.message_process(None, self.mail_of(name))
            for name in ("new", "new", "reply_references", "stranger_knows_message_id")
        }

        self.assertEqual(answers, {False})

    def test_a_busy_customer_is_heard(self):
        raw = self.mail_of("new")
        for number in range(25):
            self._deliver_raw(raw.replace(b"<new@", f"<busy{number}@".encode()))

        self.assertEqual(len(self.conversation.message_ids), 2 + 25)

    def test_a_server_that_is_asked_for_mail_loses_none(self):
        """Odoo marks a mail as handled whatever became of it."""
        raw = self.mail_of("new")

        class Mailbox:
            def check_unread_messages(self):
                return 1

            def retrieve_unread_messages(self):
                return [(1, raw)]

            def handled_message(self, number):
                pass

            def disconnect(self):
                pass

        self.env["fetchmail.server"].search([]).active = False
        self.env["fetchmail.server"].create(
            {"name": "Box", "server_type": "imap", "state": "done", "server": "imap.example.com"}
        )
        with (
            patch.object(FetchmailServer, "_connect__", lambda *args, **kwargs: Mailbox()),
            self._broken("_omnichannel_take"),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("mail.ir_cron_mail_gateway_action").method_direct_trigger()

        self._assert_lands_when_tried_again(raw)


@tagged("-at_install", "post_install")
class TestEmailMachines(EmailGatewayCase):
    """What machines write is shown, and has no consequences."""

    def test_a_follow_up_goes_on_after_an_out_of_office_note(self):
        sequence = self.env.ref("omnichannel_connector.omnichannel_sequence_quiet_instagram")
        enrollment = self.env["omnichannel.enrollment"].create(
            {"sequence_id": sequence.id, "conversation_id": self.conversation.id}
        )

        self._deliver_raw(self.mail_of("auto_outlook_subject"))
        self.assertEqual(enrollment.state, "active")
        message = self.conversation.message_ids[:1]
        self.assertTrue(message._to_store_value()["isAutomatic"])

        self._deliver_raw(self.mail_of("reply_references"))
        self.assertEqual((enrollment.state, enrollment.stop_reason), ("stopped", "replied"))

    def test_a_form_on_a_website_is_a_person_whom_no_machine_answers(self):
        self._deliver_raw(self.mail_of("website_form"))

        conversation = self._conversation_of("no-reply@website.example")
        self.assertEqual((conversation.state, conversation.waiting_for), ("open", "us"))
        self.assertTrue(conversation.message_ids.wants_no_answer)
        self.assertFalse(self.answer.omnichannel_message_ids.wants_no_answer)

    def test_a_read_receipt_is_no_bounce(self):
        """Odoo counts it as one when the mail had one recipient."""
        ana = self.conversation.partner_id
        self.env["mail.notification"].create(
            {
                "mail_message_id": self.answer.id,
                "res_partner_id": ana.id,
                "notification_type": "email",
                "notification_status": "sent",
            }
        )

        self._deliver_raw(self.mail_of("read_receipt"))

        self.assertEqual(self.answer.notification_ids.notification_status, "sent")
        self.assertFalse(ana.message_bounce)
        self.assertEqual(self.answer.omnichannel_message_ids.state, "sent")
