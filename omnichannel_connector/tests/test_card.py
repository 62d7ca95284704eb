import json

from odoo.tests import new_test_user, tagged

from ..models.omnichannel_record import RecordSource
from .common import ANA_NUMBER, OmnichannelCase
from .link_common import LinkCase

AGENT = "omnichannel_connector.omnichannel_group_agent"


class CardMixin:
    def _cards(self, conversation):
        """Return the documents whose cards stand in a thread now."""
        messages = self.env["mail.message"].search(
            [("model", "=", "discuss.channel"), ("res_id", "=", conversation.channel_id.id)],
            order="id",
        )
        cards = messages.omnichannel_card_ids
        return [self.env[card.res_model].browse(card.res_id) for card in cards]

    def _read(self, user, cards=None):
        cards = cards or self.env["omnichannel.card"].search([], order="id")
        return self.env["omnichannel.card"].with_user(user).read_cards(cards.ids)

    def _receive_stranger(self, channel="sms"):
        """Return the conversation of somebody new whose lead has a card."""
        conversation = getattr(self, f"_receive_{channel}")("Hello")
        conversation._post_card(conversation.lead_id)
        return conversation

    def _ana(self):
        return self.env["res.partner"].create({"name": "Ana Lima", "phone": ANA_NUMBER})


@tagged("-at_install", "post_install")
class TestCard(CardMixin, OmnichannelCase):
    """Documents of other apps in the thread."""

    def test_the_lead_of_a_strangers_first_message_has_none(self):
        conversation = self._receive_sms("Hello")

        self.assertTrue(conversation.lead_id)
        self.assertFalse(self._cards(conversation))

    def test_lists_show_what_was_written_last(self):
        conversation = self._receive_stranger()
        last = conversation.channel_id._get_last_messages()

        self.assertEqual(last, conversation.message_ids.mail_message_id)

    def test_a_later_lead_of_the_customer_gets_one_too(self):
        ana = self._ana()
        conversation = self._receive_sms("Hello")
        self.assertFalse(self._cards(conversation))

        lead = self.env["crm.lead"].create({"name": "Ten lamps", "partner_id": ana.id})

        self.assertEqual(self._cards(conversation), [lead])

    def test_a_card_counts_nowhere_and_reaches_nobody(self):
        self._ana()
        conversation = self._receive_sms("Hello")
        conversation.user_id = self.agent
        member = conversation.channel_id.channel_member_ids
        before = (
            member.message_unread_counter,
            conversation.last_message_at,
            conversation.waiting_for,
            len(conversation.message_ids),
            self.env["omnichannel.delivery"].search_count([]),
            self.env["mail.mail"].search_count([]),
        )

        conversation._post_card(self.env["crm.lead"].create({"name": "Ten lamps"}))
        self.env.invalidate_all()

        self.assertEqual(len(self._cards(conversation)), 1)
        self.assertEqual(
            before,
            (
                member.message_unread_counter,
                conversation.last_message_at,
                conversation.waiting_for,
                len(conversation.message_ids),
                self.env["omnichannel.delivery"].search_count([]),
                self.env["mail.mail"].search_count([]),
            ),
        )

    def test_a_record_has_one_card_in_a_thread(self):
        conversation = self._receive_stranger()

        again = conversation._post_card(conversation.lead_id)

        self.assertFalse(again)
        self.assertEqual(len(self._cards(conversation)), 1)

    def test_a_card_comes_live_and_tells_nothing_over_the_bus(self):
        self._ana()
        conversation = self._receive_sms("Hello")
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()

        lead = self.env["crm.lead"].create({"name": "Secret lamps"})
        conversation._post_card(lead)

        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([]).mapped("message")
        (push,) = [json.loads(row) for row in rows if '"discuss.channel/new_message"' in row]
        (message,) = push["payload"]["data"]["mail.message"]
        card = self.env["omnichannel.card"].search([])
        self.assertEqual(message["omnichannelCard"], card.id)
        self.assertNotIn("Secret", json.dumps(push))

    def test_a_card_shows_what_the_viewer_may_read(self):
        conversation = self._receive_stranger()
        lead = conversation.lead_id
        lead.write({"name": "Ten lamps", "user_id": self.env.ref("base.user_admin").id})
        seller = new_test_user(
            self.env, "seller", f"{AGENT},sales_team.group_sale_salesman_all_leads"
        )

        (shown,) = self._read(seller)
        (hidden,) = self._read(self.agent)

        self.assertEqual((shown["model"], shown["resId"]), ("crm.lead", lead.id))
        self.assertEqual((shown["title"], shown["noun"]), ("Ten lamps", "Lead"))
        self.assertEqual(hidden, {"id": shown["id"], "isHidden": True})

    def test_who_may_not_read_the_thread_gets_no_card(self):
        conversation = self._receive_stranger()
        conversation.user_id = new_test_user(self.env, "colleague", AGENT)
        employee = new_test_user(self.env, "employee", "base.group_user")
        portal = new_test_user(self.env, "visitor", "base.group_portal")

        for user in (self.agent, employee, portal, self.env.ref("base.public_user")):
            self.assertEqual(self._read(user), [])

    def test_what_was_deleted_is_told_as_hidden(self):
        conversation = self._receive_stranger()
        conversation.lead_id.unlink()

        self.assertEqual([card["isHidden"] for card in self._read(self.agent)], [True])

    def test_a_record_of_any_app_can_be_shown(self):
        conversation = self._receive_sms("Hello")
        category = self.env["res.partner.category"].create({"name": "Gold"})

        card = conversation._post_card(category)

        (shown,) = self._read(self.agent, card)
        self.assertEqual((shown["title"], shown["noun"]), ("Gold", "Partner Tags"))

    def test_another_addon_adds_a_kind_by_one_source(self):
        ana = self._ana()
        conversation = self._receive_sms("Hello")
        records = self.env.registry["omnichannel.record"]
        source = RecordSource(
            "colleague",
            "res.partner",
            "Colleagues",
            "fa-users",
            customer="parent_id",
            noun="Colleague",
            card_on=("function",),
            is_card_due=lambda partner: partner.function == "Boss",
        )
        original = records._get_sources
        self.patch(records, "_get_sources", lambda model: {**original(model), "x": source})
        self.env.registry.clear_cache("stable")
        self.addCleanup(self.env.registry.clear_cache, "stable")
        colleague = self.env["res.partner"].create({"name": "Bo", "parent_id": ana.id})
        self.assertFalse(self._cards(conversation))

        colleague.name = "Bo Lima"
        colleague.function = "Boss"
        colleague.function = "Boss"

        self.assertEqual(self._cards(conversation), [colleague])

    def test_another_companys_document_stays_out(self):
        ana = self._ana()
        conversation = self._receive_sms("Hello")
        other = self.env["res.company"].create({"name": "Other"})

        self.env["crm.lead"].create(
            {"name": "Theirs", "partner_id": ana.id, "company_id": other.id, "user_id": False}
        )

        self.assertFalse(self._cards(conversation))


@tagged("-at_install", "post_install")
class TestCardMoves(CardMixin, LinkCase):
    """Cards go where the customer goes, and come back."""

    def test_cards_go_along_with_a_link_and_come_back(self):
        conversation = self._receive_stranger("instagram")
        lead = conversation.lead_id
        ana = self._ana()
        links = self._link(conversation.partner_id.omnichannel_identity_ids, ana)
        target = ana.omnichannel_conversation_ids
        self.assertEqual(self._cards(target), [lead])

        self._undo(links)

        self.assertEqual(self._cards(conversation), [lead])
        self.assertFalse(self._cards(target))

    def test_a_card_alone_keeps_no_thread_open(self):
        conversation = self._receive_stranger("instagram")
        conversation.partner_id.phone = ANA_NUMBER
        instagram = self._identity("instagram", conversation.message_ids.identity_id.value)
        self._link(instagram, self.env["res.partner"].create({"name": "Bo"}))

        self.assertEqual(len(self._cards(conversation)), 1)
        self.assertEqual(conversation.state, "closed")

    def test_a_merge_leaves_one_card_of_a_record(self):
        ana, twin = self._receive_stranger("instagram"), self._receive_stranger()
        twin._post_card(ana.lead_id)
        leads = ana.lead_id | twin.lead_id

        self._merge(ana.partner_id | twin.partner_id, ana.partner_id)

        conversation = ana.partner_id.omnichannel_conversation_ids
        self.assertEqual(sorted(lead.id for lead in self._cards(conversation)), sorted(leads.ids))
