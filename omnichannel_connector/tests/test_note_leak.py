"""O5: a note can't be delivered, whatever way of note_ways.py it is written in."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .note_common import CUSTOMER_MAIL, NoteCase
from .note_ways import POSTS, REFUSED, ROUTES, WAYS

REFUSALS = (AccessError, UserError, ValidationError, ValueError, TypeError)


@tagged("-at_install", "post_install")
class TestNoteLeak(NoteCase):
    def setUp(self):
        super().setUp()
        self.last_inbound = self.conversation.message_ids.sorted("id")[-1:].mail_message_id
        another = self._receive_sms("Hi", sender="+12025550177", sid="SM2")
        self.key_of_another = another.get_send_choices()[0]["key"]
        self.forged_plan = {
            "conversation": self.conversation.id,
            "choice": {"channel": "email", "key": self.conversation.get_send_choices()[0]["key"]},
            "subject": "",
            "is_human": True,
        }
        self.before = {model: self._all(model) for model in self._watched()}
        self.refused = set()

    def post(self, text, **values):
        return self.channel.message_post(**{"body": text, "message_type": "comment", **values})

    def ask(self, route, params):
        return self.make_jsonrpc_request(route, params)

    def _try(self, rows, write):
        """Write a note in every way of a table, and let all queues run after each."""
        for number, (name, row) in enumerate(rows.items()):
            text = f"Leak{number:03d}x"
            with self.subTest(way=name):
                self._write(name, lambda row=row, text=text: write(row, text))
                self._run_queues()
                self.assertStayedInside(text)
                if name not in self.refused:
                    self.assertTrue(self._posted(text), "it was written nowhere")
        self.assertEqual(self.refused, REFUSED & rows.keys())

    def _write(self, name, write):
        try:
            with (
                mute_logger("odoo.addons.base.models.ir_rule", "odoo.http", "odoo.sql_db"),
                self.mock_mail_gateway(),
                self.env.cr.savepoint(),
            ):
                write()
        except Exception as error:  # noqa: BLE001  an answer of the server has no class of its own
            is_refusal = isinstance(error, REFUSALS) or "JsonRpc" in type(error).__name__
            self.assertTrue(is_refusal, f"{type(error)}: {error}")
            self.env.invalidate_all()
            self.refused.add(name)

    def _run_queues(self):
        with self.mock_mail_gateway(), self._provider() as made:
            self._run_cron("ir_cron_omnichannel_delivery")
            self.env["mail.mail"].process_email_queue()
        self.assertFalse(made, "a provider was called")
        to = {address for mail in self._mails for address in mail["email_to"]}
        self.assertFalse([one for one in to if CUSTOMER_MAIL in one], "the customer got a mail")

    def test_message_post(self):
        self._try(POSTS, lambda row, text: self.post(text, **row(self)))

    def test_message_post_with_a_forged_plan(self):
        self.channel = self.channel.with_context(omnichannel_plan=self.forged_plan)
        self._try(POSTS, lambda row, text: self.post(text, **row(self)))

    def test_message_post_as_the_system(self):
        """As Odoo's own routes call it, after they have checked who may post."""
        self.channel = self.channel.sudo()
        self._try(POSTS, lambda row, text: self.post(text, **row(self)))

    def test_the_composers_route(self):
        self.authenticate("agent", "agentxxx")

        def write(row, text):
            data, context = row(self)
            post = {"body": text, "message_type": "comment", **data}
            params = {"thread_model": "discuss.channel", "thread_id": self.channel.id}
            self.ask("/mail/message/post", {**params, "post_data": post, "context": context})

        self._try(ROUTES, write)

    def test_everything_else(self):
        self.authenticate("agent", "agentxxx")
        self._try(WAYS, lambda row, text: row(self, text))

    def test_the_same_eyes_see_what_is_meant_to_leave(self):
        """The assertions are not blind: an answer trips them, on each channel."""
        for key in ("sms", "email"):
            self.before = {model: self._all(model) for model in self._watched()}
            self.post("Meant to leave", omnichannel_key=key)

            with self.assertRaises(AssertionError):
                self.assertStayedInside("Meant to leave")

    def test_an_answer_to_a_note_does_not_take_the_note_along(self):
        note = self.post("Rude as ever")

        answer = self.post("Good morning", omnichannel_key="email", parent_id=note.id)

        mail = self._new("mail.mail")
        self.assertEqual(mail.mail_message_id, answer)
        self.assertNotIn("Rude", f"{mail.body_html}{mail.body}{mail.subject}{mail.headers}")
        text = self.post("Good day", omnichannel_key="sms", parent_id=note.id)
        delivery = text.omnichannel_message_ids.delivery_ids
        self.assertEqual((delivery.text, delivery.target_external_id), ("Good day", False))
