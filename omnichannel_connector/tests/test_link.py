from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..channels.events import InboundEvent, Kind
from .common import ANA_IGSID, ANA_NUMBER
from .link_common import LinkCase

BOB_NUMBER = "+12025550144"


@tagged("-at_install", "post_install")
class TestLink(LinkCase):
    def _two(self):
        """Return the conversations of Ana, by Instagram, and of somebody unknown, by SMS."""
        ana = self._receive_instagram("By Instagram", at=self._ago(minutes=30))
        stranger = self._receive_sms("By SMS")
        ana.partner_id.write({"name": "Ana", "omnichannel_is_stranger": False})
        return ana, stranger

    def test_a_link_moves_exactly_the_messages_of_the_address(self):
        ana, stranger = self._two()
        phone = self._identity("phone", ANA_NUMBER)
        moved = stranger.message_ids

        self._link(phone, ana.partner_id)

        self.assertEqual(phone.partner_id, ana.partner_id)
        self.assertEqual(self._texts(ana), ["By Instagram", "By SMS"])
        self.assertEqual(moved.conversation_id, ana)
        self.assertEqual(moved.mail_message_id.author_id, ana.partner_id)
        self.assertEqual((ana.last_channel, ana.last_inbound_identity_id), ("sms", phone))
        self.assertEqual(self._receive_sms("More", sid="SM2"), ana)

    def test_undone_everything_is_as_if_it_had_never_been_linked(self):
        ana, stranger = self._two()
        before = self._clocks(ana), self._clocks(stranger)
        customer = stranger.partner_id

        link = self._link(self._identity("phone", ANA_NUMBER), ana.partner_id)
        self.assertEqual((stranger.state, stranger.moved_to_id), ("closed", ana))
        self.assertFalse(customer.active)
        self._undo(link)

        self.assertEqual((self._clocks(ana), self._clocks(stranger)), before)
        self.assertEqual((self._texts(ana), self._texts(stranger)), (["By Instagram"], ["By SMS"]))
        self.assertEqual(stranger.message_ids.mail_message_id.author_id, customer)
        self.assertEqual((stranger.state, stranger.moved_to_id.ids), ("open", []))
        self.assertTrue(customer.active)
        self.assertEqual(link.state, "undone")
        self.assertFalse(link.identity_id.home_partner_id)

    def test_what_was_written_while_linked_goes_back_too(self):
        ana, stranger = self._two()
        link = self._link(self._identity("phone", ANA_NUMBER), ana.partner_id)
        self._receive_sms("While linked", sid="SM2")
        ana.channel_id.message_post(body="Answer", message_type="comment", omnichannel_key="sms")

        self._undo(link)

        self.assertEqual(self._texts(ana), ["By Instagram"])
        self.assertEqual(self._texts(stranger), ["By SMS", "While linked", "Answer"])
        self.assertEqual(stranger.waiting_for, "customer")
        answer = stranger.message_ids.sorted("id")[-1]
        self.assertEqual(answer.delivery_ids.conversation_id, stranger)

    def test_links_are_undone_in_any_order(self):
        ana, stranger = self._two()
        bob = self.env["res.partner"].create({"name": "Bob"})
        phone = self._identity("phone", ANA_NUMBER)
        first = self._link(phone, ana.partner_id)
        second = self._link(phone, bob)

        self._undo(first)
        self.assertEqual(phone.partner_id, bob)
        self._undo(second)

        self.assertEqual(phone.partner_id, stranger.partner_id)
        self.assertEqual(self._texts(stranger), ["By SMS"])

    def test_notes_and_leads_go_along_when_nothing_is_left_and_come_back(self):
        ana, stranger = self._two()
        old_note, own_note = self._note(stranger, "Old note"), self._note(ana, "Ana's note")
        lead = stranger.lead_id
        self.assertEqual(lead.partner_id, stranger.partner_id)
        phone_of_lead = lead.phone

        link = self._link(self._identity("phone", ANA_NUMBER), ana.partner_id)
        self.assertEqual(old_note.res_id, ana.channel_id.id)
        self.assertEqual(lead.partner_id, ana.partner_id)
        self.assertEqual(lead.omnichannel_conversation_id, ana)
        self.assertEqual(lead.phone, phone_of_lead)
        self.assertFalse(ana.partner_id.phone)
        later_note = self._note(ana, "Written while linked")
        self._undo(link)

        self.assertEqual(old_note.res_id, stranger.channel_id.id)
        self.assertEqual((own_note | later_note).mapped("res_id"), [ana.channel_id.id] * 2)
        self.assertEqual(lead.partner_id, stranger.partner_id)
        self.assertEqual(lead.omnichannel_conversation_id, stranger)

    def test_a_note_to_a_colleague_who_left_goes_along(self):
        ana, stranger = self._two()
        colleague = new_test_user(self.env, "gone_colleague", "base.group_user")
        note = stranger.channel_id.message_post(
            body="Ask Gil", partner_ids=colleague.partner_id.ids, subtype_xmlid="mail.mt_note"
        )
        colleague.active = False

        link = self._link(self._identity("phone", ANA_NUMBER), ana.partner_id)
        self.assertEqual(note.res_id, ana.channel_id.id)
        self._receive_sms("Meanwhile", sid="SM2")
        self._undo(link)

        self.assertEqual(note.res_id, stranger.channel_id.id)
        self.assertEqual(self._texts(stranger), ["By SMS", "Ask Gil", "Meanwhile"])

    def test_a_lead_that_changed_hands_stays_there(self):
        ana, stranger = self._two()
        lead = stranger.lead_id
        link = self._link(self._identity("phone", ANA_NUMBER), ana.partner_id)
        bob = self.env["res.partner"].create({"name": "Bob"})
        lead.partner_id = bob

        self._undo(link)

        self.assertEqual(lead.partner_id, bob)

    def test_a_customer_with_another_address_keeps_notes_leads_and_record(self):
        ana, stranger = self._two()
        stranger.partner_id.email = "stranger@example.com"
        note = self._note(stranger)

        self._link(self._identity("phone", ANA_NUMBER), ana.partner_id)

        self.assertEqual(note.res_id, stranger.channel_id.id)
        self.assertTrue(stranger.partner_id.active)
        self.assertEqual(stranger.state, "open")
        self.assertFalse(stranger.last_message_at)

    def test_a_customer_to_whom_something_else_refers_is_not_archived(self):
        ana, stranger = self._two()
        self.env["res.partner"].create({"name": "Child", "parent_id": stranger.partner_id.id})

        self._link(self._identity("phone", ANA_NUMBER), ana.partner_id)

        self.assertTrue(stranger.partner_id.active)

    def test_a_record_on_which_a_person_worked_is_not_archived(self):
        ana, stranger = self._two()
        editor = new_test_user(self.env, "editor", "base.group_partner_manager")
        stranger.partner_id.with_user(editor).comment = "Prefers blue"

        self._link(self._identity("phone", ANA_NUMBER), ana.partner_id)

        self.assertTrue(stranger.partner_id.active)

    def test_assignee_and_state_of_the_other_conversation_are_not_lost(self):
        ana, stranger = self._two()
        stranger.user_id = self.agent
        ana.action_close()

        self._link(self._identity("phone", ANA_NUMBER), ana.partner_id)

        self.assertEqual((ana.user_id, ana.state), (self.agent, "open"))
        self.assertFalse(stranger.channel_id.channel_member_ids)

    def test_files_and_reactions_go_along(self):
        ana, stranger = self._two()
        message = stranger.message_ids
        file = self.env["ir.attachment"].create(
            {"name": "a.txt", "res_model": "discuss.channel", "res_id": stranger.channel_id.id}
        )
        message.mail_message_id.attachment_ids = file
        message.mail_message_id._omnichannel_set_reaction(stranger.partner_id, "👍")

        link = self._link(self._identity("phone", ANA_NUMBER), ana.partner_id)
        self.assertEqual(file.res_id, ana.channel_id.id)
        self.assertEqual(message.mail_message_id.reaction_ids.partner_id, ana.partner_id)
        self._undo(link)

        self.assertEqual(file.res_id, stranger.channel_id.id)
        self.assertEqual(message.mail_message_id.reaction_ids.partner_id, stranger.partner_id)

    def test_follow_ups_of_who_is_gone_stop(self):
        ana, stranger = self._two()
        sequence = self.env["omnichannel.sequence"].create({"name": "S"})
        enrollment = self.env["omnichannel.enrollment"].create(
            {"sequence_id": sequence.id, "conversation_id": stranger.id}
        )

        self._link(self._identity("phone", ANA_NUMBER), ana.partner_id)

        self.assertEqual((enrollment.state, enrollment.stop_reason), ("stopped", "human"))

    def test_a_persons_link_confirms_and_undone_takes_it_back(self):
        ana, _stranger = self._two()
        bob = self.env["res.partner"].create({"name": "Bob"})
        phone = self._identity("phone", ANA_NUMBER)
        phone.trust = "attested"
        first, second = self._link(phone, ana.partner_id), self._link(phone, bob)
        self.assertEqual(phone.trust, "confirmed")

        self._undo(first)
        self.assertEqual(phone.trust, "confirmed")
        self._undo(second)

        self.assertEqual(phone.trust, "attested")

    def test_an_address_of_nobody_gets_a_stranger_once_it_was_written_from(self):
        a, b = self.env["res.partner"].create(
            [{"name": "A", "phone": BOB_NUMBER}, {"name": "B", "phone": BOB_NUMBER}]
        )
        phone = self._identity("phone", BOB_NUMBER)
        self.assertFalse(phone.partner_id)
        link = self._link(phone, a)
        conversation = self._receive_sms("Hello", sender=BOB_NUMBER)
        self.assertEqual(conversation.partner_id, a)

        self._undo(link)

        self.assertTrue(phone.partner_id)
        self.assertNotIn(phone.partner_id, a | b)
        self.assertEqual(self._texts(phone.partner_id.omnichannel_conversation_ids), ["Hello"])

    def test_a_change_on_the_old_record_does_not_take_the_link_back(self):
        ana = self.env["res.partner"].create({"name": "Ana", "email": "ana@example.com"})
        bob = self.env["res.partner"].create({"name": "Bob"})
        email = self._identity("email", "ana@example.com")
        link = self._link(email, bob)

        ana.country_id = self.env.ref("base.us")
        bob.country_id = self.env.ref("base.us")
        self.assertEqual((email.partner_id, email.is_shared), (bob, False))
        ana.email = "new@example.com"
        self.assertEqual(email.partner_id, bob)
        self._undo(link)

        self.assertFalse(email.exists(), "nobody ever wrote from what the record dropped")

    # === REFUSALS === #

    def test_what_can_not_be_linked_is_refused_with_a_reason(self):
        ana, stranger = self._two()
        phone = self._identity("phone", ANA_NUMBER)
        archived = self.env["res.partner"].create({"name": "Old", "active": False})
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.env["res.partner"].create({"name": "Foreign", "company_id": other.id})
        anonymous = self.env["omnichannel.identity"]._create_anonymous(self.env.company)
        claimed = self.env["omnichannel.identity"].create(
            {"kind": "email", "value": "x@example.com", "trust": "claimed"}
        )

        for identity, partner in (
            (phone, archived),
            (phone, foreign),
            (phone, anonymous.partner_id),
            (anonymous, ana.partner_id),
            (claimed, ana.partner_id),
        ):
            with self.assertRaises(UserError):
                identity._link(partner, "staff")
        self.assertFalse(self._links())
        self.assertFalse(phone._link(stranger.partner_id, "staff"), "it is theirs already")

    # === COMPANIES === #

    def test_each_companys_messages_stay_in_the_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        account = self.sms.copy({"company_id": other.id, "external_id": "AC2", "sender": "+1500"})
        account.write({"state": "connected"})
        ana, stranger = self._two()
        phone, moved = self._identity("phone", ANA_NUMBER), stranger.message_ids
        conversation = stranger._for_partners(other, stranger.partner_id)[stranger.partner_id]
        conversation._ensure_channels()
        mail_message = moved.mail_message_id.copy({"res_id": conversation.channel_id.id})
        theirs = moved.copy(
            {
                "account_id": account.id,
                "conversation_id": conversation.id,
                "mail_message_id": mail_message.id,
                "external_id": "SM9",
                "state": "received",
            }
        )

        link = self._link(phone, ana.partner_id)
        self.assertEqual(moved.conversation_id, ana)
        self.assertEqual(theirs.conversation_id.company_id, other)
        self.assertEqual(theirs.conversation_id.partner_id, ana.partner_id)
        self._undo(link)

        self.assertEqual(theirs.conversation_id, conversation)

    def test_a_link_does_not_show_a_companys_address_to_others(self):
        other = self.env["res.company"].create({"name": "Other"})
        own = self.env["res.partner"].create(
            {"name": "Own", "phone": BOB_NUMBER, "company_id": self.env.company.id}
        )
        phone = own.omnichannel_identity_ids
        shared = self.env["res.partner"].create({"name": "Of all companies"})

        link = self._link(phone, shared)
        self.assertFalse(phone._find(other, [("phone", "", BOB_NUMBER)]))
        self._undo(link)

        self.assertEqual((phone.partner_id, phone.company_id), (own, self.env.company))

    # === CLOCKS === #

    def test_clocks_follow_from_the_messages_alone(self):
        conversation = self._receive_instagram("One", at=self._ago(minutes=30))
        self._receive_instagram("Late", mid="mid.2", at=self._ago(minutes=40))
        conversation.channel_id.message_post(
            body="Answer", message_type="comment", omnichannel_key="instagram"
        )
        self._receive_instagram("Echo", mid="mid.3", at=self._ago(minutes=20), echo=True)
        noted = self._clocks(conversation)

        conversation.write(dict.fromkeys(noted, False))
        conversation._derive_clocks()

        self.assertEqual(self._clocks(conversation), noted)
        self.assertEqual(ANA_IGSID, conversation.last_inbound_identity_id.value)

    def test_an_automatic_message_between_others_decides_nothing(self):
        identity = self._receive_sms("Hello").identity_ids
        conversation = identity.partner_id.omnichannel_conversation_ids
        at = conversation.last_message_at
        for minutes, direction, is_automatic in (
            (3, "inbound", True),
            (1, "outbound", False),
            (2, "outbound", True),
        ):
            moment = at.replace(year=at.year + 1, minute=minutes)
            mail_message = conversation.message_ids[0].mail_message_id.copy()
            self.env["omnichannel.message"].create(
                {
                    "mail_message_id": mail_message.id,
                    "conversation_id": conversation.id,
                    "identity_id": identity.id,
                    "account_id": self.sms.id,
                    "channel": "sms",
                    "direction": direction,
                    "origin": "agent",
                    "state": "sent",
                    "is_automatic": is_automatic,
                    "occurred_at": moment,
                }
            )
            conversation._note_message(moment, "sms", direction, identity, is_automatic)
        noted = self._clocks(conversation)

        conversation.write(dict.fromkeys(noted, False))
        conversation._derive_clocks()

        self.assertEqual(self._clocks(conversation), noted)
        self.assertEqual(noted["last_outbound_at"].minute, 1)
        self.assertEqual((noted["last_message_at"].minute, noted["waiting_for"]), (3, "customer"))

    def test_what_an_undone_link_left_empty_opens_with_any_message(self):
        identity = self._receive_sms("Hello").identity_ids
        bob = self.env["res.partner"].create({"name": "Bob"})
        self._undo(self._link(identity, bob))
        conversation = bob.omnichannel_conversation_ids
        self.assertEqual(conversation.state, "closed")
        now = fields.Datetime.now()

        conversation._note_message(now, "sms", "inbound", identity, is_automatic=True)
        self.assertEqual(conversation.state, "open")

        conversation.action_close()
        conversation._note_message(now, "sms", "inbound", identity, is_automatic=True)
        self.assertEqual(conversation.state, "closed")

    def test_an_address_that_left_its_record_while_it_was_linked_twice(self):
        ana, bob, eve = self.env["res.partner"].create(
            [{"name": "Ana", "email": "ana@example.com"}, {"name": "Bob"}, {"name": "Eve"}]
        )
        identity = self._identity("email", "ana@example.com")
        first = self._link(identity, bob)
        ana.email = False
        second = self._link(identity, eve)
        conversation = self.env["omnichannel.conversation"]._for_partners(self.env.company, ana)[
            ana
        ]
        conversation._ensure_channels()
        note = self._note(conversation)

        self._undo(second)
        self._undo(first)

        self.assertFalse(identity.exists())
        self.assertFalse(conversation.moved_to_id)
        self.assertEqual(note.res_id, conversation.channel_id.id)

    # === TRAFFIC === #

    def test_a_second_address_of_a_linked_customer_follows_the_first(self):
        ana = self._receive_instagram("Hello").partner_id
        bob = self.env["res.partner"].create({"name": "Bob"})
        identity = self._identity("instagram", ANA_IGSID)
        self._link(identity, bob)

        identity._note_alias(self.instagram, "900000000000077")
        alias = self._identity("instagram", "900000000000077")
        self.assertEqual((alias.partner_id, alias.home_partner_id), (bob, ana))
        self._undo(self._links())

        self.assertEqual((identity | alias).partner_id, ana)

    def test_a_stranger_gets_a_name_while_somebody_else_has_the_address(self):
        ana = self._receive_instagram("Hello").partner_id
        bob = self.env["res.partner"].create({"name": "Bob"})
        identity = self._identity("instagram", ANA_IGSID)
        self._link(identity, bob)

        identity._take_profile(
            InboundEvent(
                kind=Kind.PROFILE,
                occurred_at=self._ago(minutes=1),
                identity=ANA_IGSID,
                profile_name="Ana Silva",
            )
        )

        self.assertEqual((ana.name, bob.name), ("Ana Silva", "Bob"))
