"""A conversation that says MARK everywhere, and those who may learn nothing of it."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import MissingError, UserError
from odoo.tests import HttpCase, new_test_user
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MailCommon

from .common import ANA_IGSID, INSTAGRAM_ID, OmnichannelMixin

MARK = "Kestrel"
ADDRESS = "kestrel@example.com"
OWN_WORDS = f"{MARK}. Please stop sending offers. I am {ADDRESS}"
GROUP = "omnichannel_connector.omnichannel_group_"
LOGGERS = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.sql_db")
CHANNEL = "discuss.channel"
OUTSIDERS = ("public", "customer", "employee", "other_team", "other_company")


def in_an_hour():
    return fields.Datetime.to_string(fields.Datetime.now() + timedelta(hours=1))


class RightsCase(OmnichannelMixin, HttpCase, MailCommon):
    """Bea writes to team B of a company that keeps its teams apart.

    The contact Bea is everybody's, as are her number and address; she has a portal login. Of her
    conversation, which nobody took, `OUTSIDERS` learn nothing; `insider` is of team B.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.email = cls.env["omnichannel.account"].create(
            {"name": "Our Shop", "channel": "email", "alias_name": "hello"}
        )
        cls.email.action_connect()
        cls._set_up_people()
        cls._set_up_conversation()
        cls._set_up_facts()
        cls.company.omnichannel_is_team_private = True
        cls.conversation.write({"team_id": cls.team_b.id, "user_id": False})
        cls.env.flush_all()

    @classmethod
    def _set_up_people(cls):
        cls.company = cls.env.company
        cls.company_2 = cls.env["res.company"].create({"name": "Elsewhere"})
        elsewhere = {"company_id": cls.company_2.id, "company_ids": [(6, 0, cls.company_2.ids)]}
        cls.users = {
            "public": cls.env.ref("base.public_user"),
            "customer": cls._user("customer", "base.group_portal", name="Bea"),
            "employee": cls._user("employee", "base.group_user"),
            "other_team": cls._user("other_team", f"{GROUP}agent"),
            "other_company": cls._user("other_company", f"{GROUP}supervisor", **elsewhere),
            "insider": cls._user("insider", f"{GROUP}agent"),
            "supervisor": cls._user("supervisor", f"{GROUP}supervisor"),
            "administrator": cls._user("administrator", f"{GROUP}administrator"),
        }
        teams = cls.env["omnichannel.team"]
        cls.team_a = teams.create(
            {"name": "Team A", "member_ids": [(4, cls.users["other_team"].id)]}
        )
        cls.team_b = teams.create({"name": "Team B", "member_ids": [(4, cls.users["insider"].id)]})

    @classmethod
    def _user(cls, role, group, **values):
        user = new_test_user(cls.env, f"rights_{role}", group, **values)
        if user._is_internal():
            user.group_ids += cls.env.ref("base.group_allow_export")
        return user

    @classmethod
    def _set_up_conversation(cls):
        cls.bea = cls.users["customer"].partner_id
        identities = cls.env["omnichannel.identity"]
        cls.identity = identities.create(
            {
                "kind": "instagram",
                "scope": INSTAGRAM_ID,
                "value": ANA_IGSID,
                "username": f"{MARK}_bea",
                "partner_id": cls.bea.id,
            }
        )
        # a test's way to let something arrive
        cls("_receive_instagram")._receive_instagram(OWN_WORDS)
        cls.conversation = cls.bea.omnichannel_conversation_ids
        cls.channel = cls.conversation.channel_id
        cls.claim = identities.search([("value", "=", ADDRESS), ("trust", "=", "claimed")])

    @classmethod
    def _set_up_facts(cls):
        """Let there be something of everything that may hang on a conversation."""
        stream = cls.channel.with_user(cls.users["supervisor"])
        cls.answer = stream.message_post(
            body=f"{MARK} answer", message_type="comment", omnichannel_key="instagram"
        )
        cls.note = stream.message_post(
            body=f"{MARK} note",
            subject=f"{MARK} subject",
            message_type="comment",
            attachments=[("kestrel.txt", MARK.encode())],
            partner_ids=cls.users["supervisor"].partner_id.ids,
        )
        cls.file = cls.note.attachment_ids
        cls._set_up_person()
        cls._set_up_follow_up()
        cls.call = cls.env["omnichannel.call"].create(
            {
                "message_id": cls.conversation.message_ids[-1:].id,
                "state": "ended",
                "started_at": "2026-01-01 10:00:00",
                "recording_url": f"https://example.com/{MARK}",
                "transcript": MARK,
            }
        )
        cls.conversation.verify_claim(cls.claim.id, "code")
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Lamps", "omnichannel_conversation_id": cls.conversation.id}
        )
        cls.conversation.lead_id = cls.lead
        cls.card = cls.conversation._post_card(cls.lead)
        cls.conversation.with_user(cls.users["supervisor"]).schedule_message(
            "instagram", f"{MARK} later", in_an_hour()
        )

        cls._set_up_assistant()

    @classmethod
    def _set_up_assistant(cls):
        asked, said = cls.conversation.message_ids[-1:], cls.answer.omnichannel_message_ids
        cls.env["omnichannel.answer"].create(
            {
                "message_id": said.id,
                "question_id": asked.id,
                "company_id": cls.conversation.company_id.id,
                "question": f"{MARK} asks",
                "answer": f"{MARK} answer",
                "question_terms": MARK.lower(),
            }
        )
        cls.env["omnichannel.first.decision"].create({"message_id": asked.id, "detail": MARK})

    @classmethod
    def _set_up_person(cls):
        cls.env["omnichannel.consent"]._record(
            cls.identity, "instagram", ["marketing"], "granted", "staff", words=f"{MARK} yes"
        )
        other = cls.env["res.partner"].create({"name": "Beatrice"})
        cls.env["omnichannel.suggestion"]._propose(cls.identity, other, "name", 40)
        cls.env["omnichannel.link"].create(
            {
                "identity_id": cls.identity.id,
                "from_partner_id": cls.bea.id,
                "to_partner_id": cls.bea.id,
                "reason": "staff",
                "evidence": f"{MARK} said so",
            }
        )

    @classmethod
    def _set_up_follow_up(cls):
        cls.sequence = cls.env["omnichannel.sequence"].create({"name": "Follow-up"})
        cls.enrollment = cls.env["omnichannel.enrollment"].create(
            {"sequence_id": cls.sequence.id, "conversation_id": cls.conversation.id}
        )
        cls.enrollment._decide("stopped", f"{MARK} replied")

    # === WHAT IS HIDDEN === #

    def hidden(self, model):
        """Return the records of a model that hang on the conversation. As superuser."""
        path, of_whom = HANGS_ON[model], self.conversation
        domain = []
        if model == "mail.message":
            # what somebody wrote themselves they may read again
            of_whom, domain = (
                self.channel,
                [("author_id", "!=", self.bea.id), ("model", "=", CHANNEL)],
            )
        records = self.env[model].sudo().with_context(active_test=False)
        return records.search([(path, "in", of_whom.ids), *domain])

    def outsiders(self):
        return [(role, self.users[role]) for role in OUTSIDERS]

    def _read(self, read):
        self.env.invalidate_all()
        try:
            with mute_logger(*LOGGERS), self.env.cr.savepoint():
                return read()
        except (UserError, MissingError) as error:
            self.assertNotIn(MARK, str(error))
            return None


# model -> the path from its records to the conversation that they are of
HANGS_ON = {
    "omnichannel.conversation": "id",
    "omnichannel.message": "conversation_id",
    "omnichannel.delivery": "conversation_id",
    "omnichannel.call": "conversation_id",
    "omnichannel.decision": "conversation_id",
    "omnichannel.enrollment": "conversation_id",
    "omnichannel.verification": "conversation_id",
    "omnichannel.episode": "conversation_id",
    "omnichannel.scheduled": "conversation_id",
    "omnichannel.card": "conversation_id",
    "omnichannel.message.report": "conversation_id",
    "omnichannel.consent.proposal": "message_id.conversation_id",
    "omnichannel.media": "message_id.conversation_id",
    "omnichannel.answer": "message_id.conversation_id",
    "omnichannel.first.decision": "message_id.conversation_id",
    "omnichannel.belonging": "home_id",
    "omnichannel.identity": "partner_id.omnichannel_conversation_ids",
    "omnichannel.suggestion": "identity_id.partner_id.omnichannel_conversation_ids",
    "omnichannel.link": "identity_id.partner_id.omnichannel_conversation_ids",
    "omnichannel.consent": "identity_id.partner_id.omnichannel_conversation_ids",
    "discuss.channel": "omnichannel_conversation_id",
    "discuss.channel.member": "channel_id.omnichannel_conversation_id",
    "mail.message": "res_id",
}
# nothing of these hangs on this conversation: made by other flows, for administrators
MAY_BE_EMPTY = {"omnichannel.media", "omnichannel.belonging", "discuss.channel.member"}
# models that hold nothing of a single customer, or that are an administrator's, or one's own
OF_NOBODY = {
    "omnichannel.account": "connected numbers, no customers",
    "omnichannel.account.check": "an administrator's",
    "omnichannel.audit": "a supervisor's own lines",
    "omnichannel.consent.note": "one's own wizard",
    "omnichannel.endpoint": "an administrator's",
    "omnichannel.event": "an administrator's",
    "omnichannel.first.answer": "what goes out by itself, no customers",
    "omnichannel.hand.over": "one's own wizard",
    "omnichannel.import": "an administrator's",
    "omnichannel.link.wizard": "one's own wizard",
    "omnichannel.log.contact": "one's own wizard",
    "omnichannel.named.records": "abstract",
    "omnichannel.privacy": "abstract",
    "omnichannel.privacy.erase": "an administrator's own wizard",
    "omnichannel.privacy.export": "an administrator's own wizard",
    "omnichannel.privacy.log": "an administrator's",
    "omnichannel.record": "abstract",
    "omnichannel.sequence": "a plan, no customers",
    "omnichannel.snooze": "one's own wizard",
    "omnichannel.step": "a plan, no customers",
    "omnichannel.suppression": "an administrator's",
    "omnichannel.team": "who works where, no customers",
    "omnichannel.throttle": "an administrator's",
}
