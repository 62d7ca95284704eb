from odoo.tests import tagged

from .common import ANA_IGSID, INSTAGRAM_ID, OmnichannelCase, instagram_item, milliseconds


@tagged("-at_install", "post_install")
class TestChange(OmnichannelCase):
    """What happens to messages after they were written, in any order."""

    def _item(self, at, **content):
        return {
            "sender": {"id": ANA_IGSID},
            "recipient": {"id": INSTAGRAM_ID},
            "timestamp": milliseconds(at),
            **content,
        }

    def _reaction(self, emoji, mid="mid.1", action="react", **ago):
        content = {"mid": mid, "action": action}
        if emoji:
            content.update(reaction="other", emoji=emoji)
        return self._item(self._ago(**ago), reaction=content)

    def _unsend(self, mid="mid.1", **ago):
        return self._item(self._ago(**ago), message={"mid": mid, "is_deleted": True})

    def _edit(self, text, number, mid="mid.1", **ago):
        content = {"mid": mid, "text": text, "num_edit": number}
        return self._item(self._ago(**ago), message_edit=content)

    def _message(self, mid="mid.1"):
        return self.env["omnichannel.message"].search([("external_id", "=", mid)])

    def _reactions(self, mid="mid.1"):
        return self._message(mid).mail_message_id.reaction_ids.mapped("content")

    # === REACTIONS === #

    def test_a_reaction_is_shown_as_the_customers(self):
        self._receive_items(instagram_item("Hello", at=self._ago(minutes=9)))

        self._receive_items(self._reaction("❤", minutes=8))

        reaction = self._message().mail_message_id.reaction_ids
        self.assertEqual(reaction.content, "❤")
        self.assertEqual(reaction.partner_id, self._identity("instagram", ANA_IGSID).partner_id)

    def test_a_second_reaction_takes_the_place_of_the_first(self):
        self._receive_items(instagram_item("Hello", at=self._ago(minutes=9)))

        self._receive_items(self._reaction("❤", minutes=8), self._reaction("😂", minutes=7))

        self.assertEqual(self._reactions(), ["😂"])

    def test_a_reaction_that_was_taken_back_stays_away_however_often_it_is_replayed(self):
        self._receive_items(instagram_item("Hello", at=self._ago(minutes=9)))
        events = self._receive_items(self._reaction("❤", minutes=8))
        self._receive_items(self._reaction("", action="unreact", minutes=7))

        events._process()

        self.assertEqual(self._reactions(), [])

    def test_a_reaction_before_its_message_waits_for_it(self):
        event = self._receive_items(self._reaction("❤", minutes=8))
        self.assertEqual((event.state, event.target), ("early", "mid.1"))

        self._receive_items(instagram_item("Hello", at=self._ago(minutes=9)))
        event._process()

        self.assertEqual(self._reactions(), ["❤"])
        self.assertEqual(event.state, "done")

    def test_the_message_wakes_the_reaction_that_waits_for_it(self):
        event = self._receive_items(self._reaction("❤", minutes=8))

        self._receive_items(instagram_item("Hello", at=self._ago(minutes=9)))

        self.assertEqual(event.state, "new")

    def test_an_event_that_missed_its_message_by_a_hair_is_woken(self):
        self._receive_items(instagram_item("Hello", at=self._ago(minutes=9)))
        event = self._receive_items(self._reaction("❤", minutes=8))
        event.write({"state": "early", "target": "mid.1"})

        self.env["omnichannel.event"]._cron_wake_early()

        self.assertEqual(event.state, "new")

    def test_an_event_about_nothing_known_keeps_waiting(self):
        event = self._receive_items(self._reaction("❤", mid="mid.never", minutes=8))

        self.env["omnichannel.event"]._cron_wake_early()

        self.assertEqual(event.state, "early")

    # === EDITS === #

    def test_an_edit_replaces_the_text_and_is_marked(self):
        conversation = self._receive_instagram("Helo", at=self._ago(minutes=9))

        self._receive_items(self._edit("Hello", 1, minutes=8))

        self.assertEqual(self._texts(conversation), ["Hello"])
        self.assertTrue(self._message().edited_at)

    def test_the_last_edit_wins_whatever_the_order(self):
        conversation = self._receive_instagram("1", at=self._ago(minutes=9))

        self._receive_items(self._edit("3", 2, minutes=7))
        self._receive_items(self._edit("2", 1, minutes=8))

        self.assertEqual(self._texts(conversation), ["3"])

    def test_an_edit_can_not_bring_markup(self):
        self._receive_instagram("1", at=self._ago(minutes=9))

        self._receive_items(self._edit("<img src=x onerror=alert(1)>", 1, minutes=8))

        self.assertNotIn("<img", self._message().mail_message_id.body)

    # === TAKING BACK === #

    def test_a_message_that_was_taken_back_says_nothing_any_more(self):
        conversation = self._receive_instagram("A secret", at=self._ago(minutes=9))

        self._receive_items(self._unsend(minutes=8))

        self.assertNotIn("secret", self._texts(conversation)[0])
        self.assertTrue(self._message().retracted_at)

    def test_the_stored_event_of_a_message_that_was_taken_back_is_emptied(self):
        events = self._receive_items(instagram_item("A secret", at=self._ago(minutes=9)))

        self._receive_items(self._unsend(minutes=8))

        self.assertNotIn("secret", str(events.payload))

    def test_a_message_after_its_unsend_is_never_shown(self):
        self._receive_items(self._unsend(minutes=8))
        before = self.env["bus.bus"].sudo().search([], order="id desc", limit=1).id or 0

        self._receive_items(instagram_item("A secret", at=self._ago(minutes=9)))

        message = self._message()
        self.assertTrue(message.retracted_at)
        self.assertNotIn("secret", message.mail_message_id.body)
        self.env.cr.precommit.run()
        sent = self.env["bus.bus"].sudo().search([("id", ">", before)]).mapped("message")
        self.assertTrue(sent)
        self.assertNotIn("secret", " ".join(sent))

    def test_an_edit_after_the_unsend_changes_nothing(self):
        conversation = self._receive_instagram("A secret", at=self._ago(minutes=9))
        self._receive_items(self._unsend(minutes=8))

        self._receive_items(self._edit("The same secret", 1, minutes=7))

        self.assertNotIn("secret", self._texts(conversation)[0])

    # === ANSWERS AND COMMENTS === #

    def test_an_answer_quotes_the_message_that_it_answers(self):
        self._receive_items(instagram_item("Which one?", at=self._ago(minutes=9)))
        item = instagram_item("This", mid="mid.2", at=self._ago(minutes=8))
        item["message"]["reply_to"] = {"mid": "mid.1"}

        self._receive_items(item)

        self.assertEqual(
            self._message("mid.2").mail_message_id.parent_id, self._message().mail_message_id
        )

    def test_a_comment_is_in_the_thread_but_opens_no_window(self):
        value = {
            "id": "c1",
            "from": {"id": ANA_IGSID, "username": "ana.green"},
            "text": "How much?",
            "media": {"id": "m1", "media_product_type": "FEED"},
        }

        self._receive_items({"field": "comments", "value": value}, source="changes")

        message = self._message("c1")
        self.assertTrue(message.is_comment)
        self.assertEqual(message.conversation_id.waiting_for, "us")
        self.assertFalse(message.identity_id.last_inbound_at)
        self.assertEqual(message.identity_id.username, "ana.green")

    # === NOTICES === #

    def test_another_app_that_answers_is_noted_and_shown(self):
        conversation = self._receive_instagram("Hello", at=self._ago(minutes=9))

        self._receive_items(
            self._item(self._ago(minutes=8), take_thread_control={"previous_owner_app_id": "1"})
        )
        self._receive_items(
            instagram_item("And?", mid="mid.2", at=self._ago(minutes=7)), source="standby"
        )

        self.assertEqual(len(self._texts(conversation)), 3)
        self.assertEqual(len(conversation.message_ids), 2)
        self.assertTrue(self._identity("instagram", ANA_IGSID).is_standby)
        self.assertFalse(conversation._send_choices()[0].reason)
        self.assertTrue(conversation._send_choices(is_human=False)[0].reason)

        self._receive_items(instagram_item("Hello?", mid="mid.3"))
        self.assertFalse(self._identity("instagram", ANA_IGSID).is_standby)

    def test_coming_back_through_a_link_opens_the_window(self):
        conversation = self._receive_instagram("Hello", at=self._ago(days=8))
        self.assertTrue(conversation._send_choices()[0].reason)

        self._receive_items(
            self._item(self._ago(minutes=1), referral={"ref": "spring", "type": "OPEN_THREAD"})
        )

        self.assertFalse(conversation._send_choices()[0].reason)
        self.assertIn("spring", self._texts(conversation)[-1])
