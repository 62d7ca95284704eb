from odoo.tests import tagged

from .document_common import DocumentCase


@tagged("-at_install", "post_install")
class TestDocumentTimeline(DocumentCase):
    """Mails of documents among the messages of the timeline."""

    def _page(self, **kwargs):
        return self.ana.with_user(self.env.ref("base.user_admin")).get_omnichannel_timeline(
            **kwargs
        )

    def _kinds(self, page):
        return [
            (entry["channel"], entry["direction"], entry["preview"]) for entry in page["entries"]
        ]

    def test_they_stand_among_the_messages(self):
        self._receive_sms("Hello")
        self._answer(self._send())

        page = self._page()

        inbound, outbound, text = self._kinds(page)
        answer = "Ana Lima answered on Ten lamps: I take it"
        self.assertEqual(inbound, ("document", "inbound", answer))
        self.assertEqual(outbound[:2], ("document", "outbound"))
        self.assertIn("Ten lamps: Our offer: 40 EUR", outbound[2])
        self.assertEqual(text, ("sms", "inbound", "Hello"))
        counts = {channel["code"]: channel["count"] for channel in page["channels"]}
        self.assertEqual(counts, {"sms": 1, "document": 2})

    def test_they_are_filtered(self):
        self._receive_sms("Hello")
        self._answer(self._send())

        self.assertEqual(len(self._page(channel="document")["entries"]), 2)
        self.assertEqual(len(self._page(channel="sms")["entries"]), 1)
        inbound = self._kinds(self._page(direction="inbound"))
        self.assertEqual([kind[0] for kind in inbound], ["document", "sms"])

    def test_pages_show_everything_once(self):
        for number in range(3):
            self._receive_sms(f"SMS {number}", sid=f"SM{number}")
            self._send(body=f"Offer {number}")
        whole = [(e["channel"], e["id"]) for e in self._page()["entries"]]
        self.assertEqual(len(whole), 6)

        seen, page = [], self._page(limit=1)
        while True:
            seen += [(entry["channel"], entry["id"]) for entry in page["entries"]]
            if not page["hasMore"]:
                break
            name = "before_card_id" if seen[-1][0] == "document" else "before_id"
            page = self._page(limit=1, **{name: seen[-1][1]})

        self.assertEqual(seen, whole)

    def test_nothing_is_older_than_an_entry_of_somebody_else(self):
        self._receive_sms("Hello")
        self._send()
        bo = self.env["res.partner"].create({"name": "Bo"})

        page = bo.with_user(self.env.ref("base.user_admin")).get_omnichannel_timeline(
            before_card_id=self._cards().id
        )

        self.assertEqual(page["entries"], [])

    def test_who_may_not_see_the_document_reads_nothing_of_it(self):
        conversation = self._receive_sms("Hello")
        conversation.user_id = self.agent
        self._send()

        page = self.ana.with_user(self.agent).get_omnichannel_timeline(channel="document")

        (entry,) = page["entries"]
        self.assertEqual(entry["preview"], "E-mail about a document that you may not see")

    def test_a_mail_that_is_gone_leaves_its_place(self):
        self._receive_sms("Hello")
        self._send().sudo().unlink()

        (entry,) = self._page(channel="document")["entries"]

        self.assertEqual(entry["preview"], "A message about a document that is gone")
