import json

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ANA_IGSID, ANA_NUMBER
from .team_common import TeamCase
from .test_call import CallMixin

# what stands on a customer's conversation or names who it is
MODELS = ("conversation", "message", "delivery", "identity", "suggestion", "link", "consent")


class PrivateCase(TeamCase):
    """An SMS of Support's; the agent is of Sales only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.omnichannel_is_team_private = True

    def _told(self):
        """Return [(bus channel, payload)] of what this transaction told about conversations."""
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([("id", ">", self.bus_id)], order="id")
        notices = [(json.loads(row.channel), json.loads(row.message)) for row in rows]
        return [(channel, m["payload"]) for channel, m in notices if m["type"] in self.kinds]

    def _listen(self, *kinds):
        self.env.cr.precommit.run()
        self.bus_id = self.env["bus.bus"].sudo().search([], order="id desc", limit=1).id
        self.kinds = kinds or ("omnichannel/inbox",)

    def _hears(self, user):
        """Return the payloads of `_told` that reach a user's browser."""
        channels = [
            [self.env.cr.dbname, record._name, record.id, *([sub] if sub else [])]
            for record, sub in user._omnichannel_channels() + [(user.partner_id, None)]
        ]
        channels += [[self.env.cr.dbname, g._name, g.id] for g in user.all_group_ids]
        return [payload for channel, payload in self._told() if channel in channels]


@tagged("-at_install", "post_install")
class TestTeamPrivate(PrivateCase):
    """Where a company keeps its teams apart, nobody learns of other teams' customers."""

    def test_an_agent_finds_nothing_of_another_teams_customer(self):
        conversation = self._receive_sms("Hello")
        other = self._receive_instagram("Hello", sender="900000000000777", mid="mid.other")
        identity = self._identity("phone", ANA_NUMBER)
        self.env["omnichannel.suggestion"]._propose(identity, other.partner_id, "name", 40)
        self.env["omnichannel.consent"]._record(
            identity, "sms", ("service",), "granted", "staff", words="Yes", evidence="Phone"
        )
        conversation.channel_id.message_post(
            body="Hi", message_type="comment", omnichannel_key="sms"
        )
        conversation.write({"user_id": False, "team_id": self.support.id})
        identity._link(self.env["res.partner"].create({"name": "Ana"}), "staff")
        conversation = identity.partner_id.omnichannel_conversation_ids

        for model in MODELS:
            records = self.env[f"omnichannel.{model}"]
            hidden = self._of(records, conversation)
            with self.subTest(model=model):
                self.assertTrue(hidden)
                self.assertFalse(records.with_user(self.agent).search([]) & hidden)
                for user in (self.supervisor, *([self.bo] if model != "suggestion" else [])):
                    self.assertEqual(records.with_user(user).search([]) & hidden, hidden)

    def _of(self, records, conversation):
        """Return what of these belongs to a conversation or names its customer."""
        identities = conversation.message_ids.identity_id
        if records._name == "omnichannel.conversation":
            return conversation
        if records._name == "omnichannel.identity":
            return identities
        if "conversation_id" in records:
            return records.search([("conversation_id", "=", conversation.id)])
        return records.search([("identity_id", "in", identities.ids)])

    def test_reading_by_id_is_refused(self):
        conversation = self._receive_sms("Hello")
        identity = self._identity("phone", ANA_NUMBER)
        message = conversation.message_ids

        for record in (conversation, identity, message, message.mail_message_id):
            with self.assertRaises(AccessError):
                record.with_user(self.agent).read(["id", "display_name"])
            record.with_user(self.bo).read(["id", "display_name"])

    def test_the_own_teams_and_what_is_no_teams_is_seen(self):
        own = self._receive_instagram("Hello")
        self.sms.team_id = False
        nobodys = self._receive_sms("Hello")

        seen = self.env["omnichannel.conversation"].with_user(self.agent).search([])

        self.assertEqual(seen, own | nobodys)
        self._identity("instagram", ANA_IGSID).with_user(self.agent).read(["value"])

    def test_an_assigned_conversation_is_seen_by_its_agent_of_whatever_team(self):
        conversation = self._receive_sms("Hello")
        conversation.user_id = self.agent

        self.assertTrue(conversation.with_user(self.agent).is_visible)
        self._identity("phone", ANA_NUMBER).with_user(self.agent).read(["value"])

    def test_the_box_of_the_unassigned_is_shared_only_where_teams_are(self):
        conversation = self._receive_sms("Hello")
        box = self.env["omnichannel.conversation"].with_user(self.agent)
        self.assertFalse(box.search([("user_id", "=", False)]))

        self.env.company.omnichannel_is_team_private = False

        self.assertEqual(box.search([("user_id", "=", False)]), conversation)

    # === BUS === #

    def test_a_message_is_told_to_the_team_and_to_supervisors_only(self):
        self._listen()

        conversation = self._receive_sms("Hello")

        payload = {"conversation_ids": [conversation.id]}
        for user in (self.bo, self.cy, self.supervisor):
            self.assertIn(payload, self._hears(user))
        for user in (self.agent, self.stranger):
            self.assertFalse(self._hears(user))

    def test_where_teams_share_one_notice_reaches_all_agents_of_the_company(self):
        self.env.company.omnichannel_is_team_private = False
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        foreigner = self._agent("fay", company_id=elsewhere.id, company_ids=[elsewhere.id])
        self._listen()

        self._receive_sms("Hello")

        self.assertTrue(self._hears(self.agent))
        self.assertTrue(self._hears(self.bo))
        self.assertFalse(self._hears(foreigner))

    def test_who_loses_sight_is_told_once_more(self):
        conversation = self._receive_instagram("Hello")
        self._listen("omnichannel/inbox", "omnichannel/sight")

        conversation.team_id = self.support

        self.assertTrue(self._hears(self.agent))
        self.assertTrue(self._hears(self.bo))
        self._listen()
        conversation.action_close()
        self.assertFalse(self._hears(self.agent))

    def test_who_gives_a_customer_away_need_not_see_them_afterwards(self):
        for assignment in ("manual", "round_robin"):
            with self.subTest(assignment=assignment):
                self.support.assignment = assignment
                conversation = self._receive_instagram("Hello", mid=f"mid.{assignment}")
                conversation.write({"team_id": self.sales.id, "escalated_at": "2030-01-01"})
                conversation.is_looking = False
                self.env.flush_all()
                self.env.invalidate_all()

                conversation.with_user(self.agent).write({"team_id": self.support.id})

                self.assertEqual(conversation.team_id, self.support)
                self.assertFalse(conversation.escalated_at)
                self.assertEqual(conversation.is_looking, assignment != "manual")

    def test_many_agents_cost_no_more_notices(self):
        for number in range(5):
            self.support.member_ids |= self._agent(f"more{number}")
        self._listen()

        self._receive_sms("Hello")

        self.assertLessEqual(len({tuple(channel) for channel, _payload in self._told()}), 2)

    def test_who_joins_or_leaves_a_team_listens_anew(self):
        self._listen("omnichannel/rights")

        self.support.member_ids = self.cy | self.stranger

        self.assertTrue(self._hears(self.bo))
        self.assertTrue(self._hears(self.stranger))
        self.assertFalse(self._hears(self.cy))
        self.assertNotIn((self.support, "omnichannel_agents"), self.bo._omnichannel_channels())

    def test_nobody_but_agents_listens(self):
        employee = self.env["res.users"].create({"name": "Eve", "login": "eve"})
        self.support.member_ids |= employee

        self.assertFalse(employee._omnichannel_channels())
        self.assertFalse(self.env.ref("base.public_user")._omnichannel_channels())


@tagged("-at_install", "post_install")
class TestTeamPrivateCalls(CallMixin, PrivateCase):
    """A call rings where the customer's conversation is seen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_voice()
        cls.voice.team_id = cls.support

    def setUp(self):
        super().setUp()
        self._listen("omnichannel/ringing", "omnichannel/ringing_end")

    def test_a_call_rings_in_its_team_only(self):
        self._receive_call(state="ringing")

        self.assertTrue(self._hears(self.bo))
        self.assertFalse(self._hears(self.agent))

    def test_of_the_accounts_agents_those_are_told_who_may_see_it(self):
        self.voice.user_ids = self.agent | self.cy

        self._receive_call(state="ringing")

        self.assertTrue(self._hears(self.cy))
        self.assertFalse(self._hears(self.agent))
        self.assertFalse(self._hears(self.bo))
