from email.utils import getaddresses
from pathlib import Path

from lxml import html

from odoo.tests import new_test_user, tagged
from odoo.tools import html2plaintext, mute_logger

from odoo.addons.mail.tests.common import MailCommon

from .common import OmnichannelMixin
from .email_cases import ANA, CASES

MAILS = Path(__file__).parent / "payloads" / "email"
GATEWAY = "odoo.addons.omnichannel_connector.models.mail_gateway"


class EmailGatewayCase(OmnichannelMixin, MailCommon):
    """A customer who wrote and was answered, on one of three e-mail accounts of two companies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.company = cls.env.company
        cls.other = cls.env["res.company"].create({"name": "Laden"})
        cls.accounts = {
            "hello": cls._account("hello", "shop.example.com", cls.company),
            "sales": cls._account("sales", "shop.example.com", cls.company),
            "hallo": cls._account("hallo", "laden.example.com", cls.other),
        }
        cls._set_up_people()
        cls._deliver_raw(cls.mail_of("new").replace(b"<new@", b"<first@"))
        cls.conversation = cls._conversation_of(ANA)
        cls.answer = cls._answer(cls.conversation)
        cls.conversation.action_close()

    @classmethod
    def _account(cls, alias, domain, company):
        domains = cls.env["mail.alias.domain"]
        values = {"name": domain, "company_ids": [(4, company.id)]}
        alias_domain = domains.search([("name", "=", domain)]) or domains.create(values)
        account = cls.env["omnichannel.account"].create(
            {
                "name": f"Our {alias.title()}",
                "channel": "email",
                "alias_name": alias,
                "alias_domain_id": alias_domain.id,
                "company_id": company.id,
            }
        )
        account.action_connect()
        return account

    @classmethod
    def _set_up_people(cls):
        partners = cls.env["res.partner"]
        partners.create({"name": "Carl", "email": "carl@carl.example"})
        partners.create([{"name": n, "email": "twins@twins.example"} for n in ("Tim", "Tom")])
        partners.create({"name": "Bea", "email": "bea@bea.example"})
        cls.env["mail.blacklist"]._add("bea@bea.example")
        new_test_user(cls.env, "stan", name="Stan Staff", email="stan@shop.example.com")
        cls.document = partners.create({"name": "Quotation"})
        quotation = cls.document.message_post(body="Our offer", message_type="comment")
        quotation.message_id = "<quotation@shop.example.com>"
        cls.env["mail.alias"].create(
            {
                "alias_name": "jobs",
                "alias_domain_id": cls.accounts["hello"].alias_domain_id.id,
                "alias_model_id": cls.env["ir.model"]._get_id("crm.lead"),
            }
        )

    @classmethod
    def _answer(cls, conversation, message_id="<answer@shop.example.com>", **values):
        """Answer in a conversation by e-mail. Return the mail.message, which has left."""
        message = conversation.channel_id.message_post(
            body="It is dimmable.", message_type="comment", omnichannel_key="email", **values
        )
        message.message_id = message_id
        cls.env["mail.mail"].search([("mail_message_id", "=", message.id)]).write({"state": "sent"})
        message.omnichannel_message_ids.delivery_ids._advance("sent", external_id=message_id)
        return message

    @staticmethod
    def mail_of(name):
        raw = (MAILS / f"{name}.eml").read_bytes()
        return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    @classmethod
    def _deliver_raw(cls, raw):
        """Let a mail come through Odoo's real gateway and be processed."""
        gateway = cls.env["mail.thread"].with_user(cls.env.ref("base.user_root"))
        gateway.message_process(None, raw)
        cls._process()

    @classmethod
    def _process(cls):
        """Process what waits as its scheduled action does, without its commits."""
        for event in cls.env["omnichannel.event"].search([("state", "=", "new")], order="id"):
            try:
                with cls.env.cr.savepoint():
                    event._process()
            except Exception as error:  # noqa: BLE001  as `_try_process`
                event.write({"state": "failed", "error": str(error)})

    @classmethod
    def _conversation_of(cls, address, company=None, is_unverified=False):
        identity = cls.env["omnichannel.identity"].search(
            [
                ("kind", "=", "email"),
                ("value", "=", address),
                ("scope", "=", "unverified" if is_unverified else ""),
                ("company_id", "in", ((company or cls.company).id, False)),
            ]
        )
        return identity.partner_id.omnichannel_conversation_ids.filtered(
            lambda conversation: conversation.company_id == (company or cls.company)
        )


@tagged("-at_install", "post_install")
class TestEmailCases(EmailGatewayCase):
    """One test for each file of payloads/email, driven twice through `message_process`."""

    def _records(self):
        names = ("omnichannel.message", "omnichannel.event", "mail.mail", "crm.lead")
        records = {name: self.env[name].search([]) for name in names}
        return {**records, "res.partner": self.document.message_ids}

    def _check(self, case):
        raw = self.mail_of(case.name)
        before = self._records()
        with mute_logger(GATEWAY, "odoo.addons.mail.models.mail_thread", "odoo.sql_db"):
            self._deliver_raw(raw)
            self._deliver_raw(raw)
        new = {name: records - before[name] for name, records in self._records().items()}

        if not case.is_bounced:
            self.assertFalse(new["mail.mail"], "nothing is answered by itself")
        self.assertEqual(len(new["omnichannel.message"]), case.messages)
        states = set(new["omnichannel.event"].mapped("state"))
        self.assertEqual(states, {case.state} if case.state else set())
        if case.state == "done":
            self.assertEqual(set(new["omnichannel.event"].mapped("kind")), {case.kind})
        if case.is_automatic:
            self.assertFalse(new["crm.lead"], "nobody is interested who only has a machine")
        if case.elsewhere:
            self.assertEqual(len(new[case.elsewhere]), 1)
        account = self.accounts[case.account]
        if case.sender:
            conversation = self._conversation_of(
                case.sender, account.company_id, case.is_unverified
            )
            message = new["omnichannel.message"].filtered(lambda m: m.account_id == account)
            self.assertEqual(message.conversation_id, conversation)
            self._check_message(case, message)
        is_person = case.sender == ANA and not (case.is_automatic or case.is_unverified)
        is_reopened = is_person and account.company_id == self.company
        expected = "open" if is_reopened or case.is_loss else "closed"
        self.assertEqual(self.conversation.state, expected)

    def _check_message(self, case, message):
        mail_message = message.mail_message_id
        self.assertEqual(message.identity_id.value, case.sender)
        self.assertEqual(mail_message.author_id, message.identity_id.partner_id)
        self.assertIn(case.author, mail_message.author_id.name)
        self.assertEqual(getaddresses([mail_message.email_from])[0][1], case.sender)
        self.assertEqual(mail_message.subject or "", case.subject)
        self.assertEqual(message.is_automatic, case.is_automatic)
        self.assertEqual(mail_message.parent_id == self.answer, case.is_answer)
        self.assertEqual((message.context or {}).get("answer_to", ""), case.answer_to)
        for address in case.also_to.split():
            self.assertIn(address, message._others())
        self.assertEqual(bool(message.also_to), bool(case.also_to))
        self.assertLessEqual(len(message._others()), 20)
        written, folded = self._texts(mail_message.body)
        self.assertIn(case.text, written)
        self.assertIn(case.folded, folded)
        if case.folded:
            self.assertNotIn(case.folded, written)
        self._check_files(case, mail_message)

    def _texts(self, body):
        """Return (what is shown at once, what is folded)."""
        root = html.fragment_fromstring(str(body), create_parent="div")
        folded = []
        for quote in root.xpath("//*[@data-o-mail-quote]"):
            if not quote.xpath("ancestor::*[@data-o-mail-quote]"):
                folded.append(quote.text_content())
                quote.drop_tree()
        text = html2plaintext(html.tostring(root, encoding="unicode"), include_references=False)
        return text.replace("*", ""), "\n".join(folded)

    def _check_files(self, case, mail_message):
        names = mail_message.attachment_ids.sorted("id").mapped("name")
        self.assertEqual(len(names), len(case.files))
        for name, expected in zip(names, case.files, strict=True):
            self.assertTrue(name.endswith(expected) or "long" in expected, name)
            self.assertNotIn("/", name)
        for word in ("<script", "onclick", "javascript:", "<iframe", "track.example", "cid:"):
            self.assertNotIn(word, mail_message.body)

    def test_every_file_has_its_case(self):
        names = [case.name for case in CASES]
        self.assertEqual(sorted(names), sorted(path.stem for path in MAILS.glob("*.eml")))


for _case in CASES:
    setattr(TestEmailCases, f"test_{_case.name}", lambda self, case=_case: self._check(case))
