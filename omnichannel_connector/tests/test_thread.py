from odoo.tests import tagged

from .common import ANA_IGSID, ANA_NUMBER, OmnichannelCase, instagram_item


@tagged("-at_install", "post_install")
class TestThread(OmnichannelCase):
    def test_a_strangers_first_message_makes_customer_conversation_and_lead(self):
        conversation = self._receive_instagram("Do you ship to Portugal?")

        self.assertEqual(conversation.partner_id.name, "Instagram user 0001")
        self.assertEqual(self._texts(conversation), ["Do you ship to Portugal?"])
        self.assertEqual(conversation.waiting_for, "us")
        self.assertEqual(conversation.lead_id.partner_id, conversation.partner_id)
        self.assertEqual(conversation.lead_id.omnichannel_conversation_id, conversation)

    def test_a_stranger_gets_one_lead_however_much_they_write(self):
        conversation = self._receive_instagram("One", mid="mid.1")
        self._receive_instagram("Two", mid="mid.2")

        leads = self.env["crm.lead"].search([("partner_id", "=", conversation.partner_id.id)])
        self.assertEqual(len(leads), 1)

    def test_a_known_customer_gets_no_lead(self):
        ana = self.env["res.partner"].create({"name": "Ana", "phone": ANA_NUMBER})

        conversation = self._receive_sms("Hello")

        self.assertEqual(conversation.partner_id, ana)
        self.assertFalse(conversation.lead_id)

    def test_two_channels_of_one_customer_are_one_conversation(self):
        conversation = self._receive_instagram("By Instagram")
        conversation.partner_id.phone = ANA_NUMBER

        same = self._receive_sms("By SMS")

        self.assertEqual(same, conversation)
        self.assertEqual(self._texts(conversation), ["By Instagram", "By SMS"])
        self.assertEqual(
            conversation.message_ids.sorted("id").mapped("channel"), ["instagram", "sms"]
        )

    def test_messages_of_a_batch_stand_in_the_providers_order(self):
        events = self._store_instagram(
            instagram_item("third", mid="mid.3", at=self._ago(seconds=1)),
            instagram_item("first", mid="mid.1", at=self._ago(seconds=3)),
            instagram_item("second", mid="mid.2", at=self._ago(seconds=2)),
        )

        events._process()

        conversation = self._identity(
            "instagram", ANA_IGSID
        ).partner_id.omnichannel_conversation_ids
        self.assertEqual(self._texts(conversation), ["first", "second", "third"])

    def test_a_late_message_keeps_its_own_time_and_turns_no_clock_back(self):
        conversation = self._receive_instagram("now", mid="mid.2")
        clock = conversation.last_message_at
        two_hours_ago = self._ago(hours=2)

        self._receive_instagram("late", mid="mid.1", at=two_hours_ago)

        late = conversation.message_ids.filtered(lambda m: m.preview == "late")
        self.assertAlmostEqual(
            late.mail_message_id.date.timestamp(),
            two_hours_ago.replace(tzinfo=None).timestamp(),
            delta=1,
        )
        self.assertEqual(conversation.last_message_at, clock)

    def test_markup_in_a_text_is_text(self):
        conversation = self._receive_instagram("<script>alert(1)</script><b>bold</b>")

        body = conversation.message_ids.mail_message_id.body
        self.assertIn("&lt;script&gt;", body)
        self.assertNotIn("<script", body)

    def test_lines_of_a_text_stay_lines(self):
        conversation = self._receive_instagram("one\ntwo")

        self.assertIn("one<br>two", conversation.message_ids.mail_message_id.body)

    def test_a_file_to_come_and_an_unknown_thing_have_placeholders_without_links(self):
        item = instagram_item("", mid="mid.1")
        item["message"]["attachments"] = [
            {"type": "image", "payload": {"url": "https://cdn.example.com/a.jpg"}},
            {"type": "hologram", "payload": {"url": "javascript:alert(1)"}},
        ]
        self._store_instagram(item)._process()

        body = self.env["omnichannel.message"].search([]).mail_message_id.body
        self.assertIn("[Image]", body)
        self.assertIn("[Hologram]", body)
        self.assertNotIn("href", body)

    def test_an_answer_from_the_instagram_app_is_outbound_and_moves_the_ball(self):
        conversation = self._receive_instagram("Question", mid="mid.1", at=self._ago(minutes=1))

        self._receive_instagram("Answered on the phone", mid="mid.2", echo=True)

        answer = conversation.message_ids.filtered(lambda m: m.direction == "outbound")
        self.assertEqual((answer.origin, answer.state), ("app", "sent"))
        self.assertEqual(conversation.waiting_for, "customer")

    def test_a_message_reopens_a_closed_conversation(self):
        conversation = self._receive_instagram("One", mid="mid.1", at=self._ago(minutes=1))
        conversation.action_close()

        self._receive_instagram("Two", mid="mid.2")

        self.assertEqual(conversation.state, "open")

    def test_the_customer_is_no_member_of_the_stream(self):
        conversation = self._receive_instagram("Hello")

        self.assertFalse(conversation.channel_id.channel_member_ids)

    def test_assignment_makes_the_assignee_the_only_member(self):
        conversation = self._receive_instagram("Hello")
        members = conversation.channel_id.channel_member_ids

        conversation.with_user(self.agent).action_assign_to_me()
        self.assertEqual(
            conversation.channel_id.channel_member_ids.partner_id, self.agent.partner_id
        )
        conversation.action_close()

        self.env.invalidate_all()
        self.assertFalse(conversation.channel_id.channel_member_ids)
        self.assertFalse(members)

    def test_looking_and_typing_makes_nobody_a_member(self):
        channel = self._receive_instagram("Hello").channel_id

        member = channel.with_user(self.agent)._find_or_create_member_for_self()

        self.assertFalse(member)
        self.assertFalse(channel.channel_member_ids)

    def test_the_stream_carries_the_customers_name(self):
        conversation = self._receive_instagram("Hello")

        conversation.partner_id.name = "Ana Silva"

        self.assertEqual(conversation.channel_id.name, "Ana Silva")

    def test_a_new_message_is_pushed_to_everybody_who_looks(self):
        conversation = self._receive_instagram("One", mid="mid.1")
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()

        self._receive_instagram("Two", mid="mid.2")
        self.env.cr.precommit.run()

        messages = self.env["bus.bus"].sudo().search([]).mapped("message")
        pushed = [m for m in messages if '"discuss.channel/new_message"' in m]
        self.assertEqual(len(pushed), 1)
        self.assertIn("Two", pushed[0])
        self.assertIn(f'"id":{conversation.channel_id.id}', pushed[0].replace(" ", ""))
        self.assertIn('"omnichannel"', pushed[0])
