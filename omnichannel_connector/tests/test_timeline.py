from datetime import timedelta

from odoo.tests import new_test_user, tagged

from .common import ANA_NUMBER, OmnichannelCase

GROUP = "omnichannel_connector.omnichannel_group_"


@tagged("-at_install", "post_install")
class TestTimeline(OmnichannelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ana = cls.env["res.partner"].create({"name": "Ana Lima", "phone": ANA_NUMBER})

    def _timeline(self, user=None, **kwargs):
        return self.ana.with_user(user or self.agent).get_omnichannel_timeline(**kwargs)

    def _previews(self, page):
        return [entry["preview"] for entry in page["entries"]]

    def _on_instagram(self, text, **kwargs):
        """Let Ana write on Instagram, where we know her too."""
        self._store_instagram_identity()
        return self._receive_instagram(text, **kwargs)

    def _store_instagram_identity(self):
        identities = self.env["omnichannel.identity"]
        key = ("instagram", self.instagram.external_id, "900000000000001")
        if not identities._find(self.env.company, [key]):
            kind, scope, value = key
            identities.create(
                {"kind": kind, "scope": scope, "value": value, "partner_id": self.ana.id}
            )

    def test_all_channels_are_one_timeline_the_newest_first(self):
        self._on_instagram("By Instagram", at=self._ago(hours=2), mid="mid.1")
        conversation = self._receive_sms("By SMS", sid="SM1")
        conversation.channel_id.with_user(self.agent).message_post(
            body="An answer", message_type="comment", omnichannel_key="sms"
        )

        page = self._timeline()

        self.assertEqual(self._previews(page), ["An answer", "By SMS", "By Instagram"])
        answer, sms, _instagram = page["entries"]
        self.assertEqual((answer["who"], answer["direction"]), ("Agent Ada", "outbound"))
        self.assertEqual((sms["who"], sms["channelLabel"]), ("Ana Lima", "SMS"))
        self.assertEqual(sms["threadId"], conversation.channel_id.id)
        counts = {channel["code"]: channel["count"] for channel in page["channels"]}
        self.assertEqual(counts, {"sms": 2, "instagram": 1})

    def test_it_is_filtered_by_channel_and_direction(self):
        self._on_instagram("By Instagram")
        conversation = self._receive_sms("By SMS")
        conversation.channel_id.with_user(self.agent).message_post(
            body="An answer", message_type="comment", omnichannel_key="sms"
        )

        self.assertEqual(self._previews(self._timeline(channel="instagram")), ["By Instagram"])
        page = self._timeline(direction="outbound")
        self.assertEqual(self._previews(page), ["An answer"])
        self.assertEqual(sum(channel["count"] for channel in page["channels"]), 3)

    def test_pages_show_everything_once(self):
        conversation = self._receive_sms("SMS 0", sid="SM0")
        for number in range(1, 7):
            self._receive_sms(f"SMS {number}", sid=f"SM{number}")
        # a late one, two of the same moment and one right before
        moment = conversation.last_message_at
        messages = conversation.message_ids.sorted("id")
        messages[5].occurred_at = moment - timedelta(days=1)
        messages[2:4].occurred_at = moment
        messages[4].occurred_at = moment - timedelta(microseconds=5)

        seen, page = [], self._timeline(limit=3)
        while True:
            seen += [entry["id"] for entry in page["entries"]]
            if not page["hasMore"]:
                break
            page = self._timeline(limit=3, before_id=seen[-1])
            self.assertNotIn("channels", page)

        self.assertEqual(seen, messages.sorted(lambda m: (m.occurred_at, m.id), reverse=True).ids)
        self.assertEqual(seen[-1], messages[5].id)

    def test_nothing_is_older_than_what_is_not_the_customers(self):
        self._receive_sms("Hello")
        other = self._receive_sms("Other", sender="+12025550177", sid="SM2")

        page = self._timeline(before_id=other.message_ids.id)

        self.assertEqual(page["entries"], [])

    def test_notes_are_not_in_it(self):
        conversation = self._receive_sms("Hello")
        conversation.channel_id.with_user(self.agent).message_post(
            body="Internal", message_type="comment", subtype_xmlid="mail.mt_note"
        )

        self.assertEqual(self._previews(self._timeline()), ["Hello"])

    def test_an_agent_sees_nothing_of_a_colleagues_conversation(self):
        conversation = self._receive_sms("Hello")
        conversation.user_id = new_test_user(self.env, "colleague", f"{GROUP}agent")
        supervisor = new_test_user(self.env, "supervisor", f"{GROUP}supervisor")

        page = self._timeline()

        self.assertEqual((page["entries"], page["channels"]), ([], []))
        self.assertEqual(self._previews(self._timeline(supervisor)), ["Hello"])

    def test_what_was_taken_back_is_not_quoted(self):
        conversation = self._receive_sms("A secret")
        conversation.message_ids.retracted_at = conversation.last_message_at

        (entry,) = self._timeline()["entries"]

        self.assertTrue(entry["isRetracted"])
        self.assertEqual(entry["preview"], "")

    def test_a_call_has_its_length_and_files_are_counted(self):
        conversation = self._receive_sms("Hello")
        message = conversation.message_ids
        self.env["omnichannel.call"].create(
            {
                "message_id": message.id,
                "state": "ended",
                "seconds": 75,
                "started_at": message.occurred_at,
            }
        )
        message.mail_message_id.attachment_ids = self.env["ir.attachment"].create(
            [{"name": "a.txt", "raw": b"a"}, {"name": "b.txt", "raw": b"b"}]
        )

        (entry,) = self._timeline()["entries"]

        self.assertEqual(entry["call"], {"state": "ended", "seconds": 75})
        self.assertEqual(entry["attachments"], 2)

    def test_a_longer_page_needs_no_more_queries(self):
        def count():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._timeline()
            return self.cr.sql_log_count - before

        self._receive_sms("SMS 0", sid="SM0")
        count()
        one = count()
        for number in range(1, 9):
            self._receive_sms(f"SMS {number}", sid=f"SM{number}")

        self.assertLessEqual(count(), one)
