import json

from odoo.tests import tagged

from .common import OmnichannelCase, instagram_item


@tagged("-at_install", "post_install")
class TestBubble(OmnichannelCase):
    """What the web client gets to know of a message."""

    def _message(self, mid="mid.1"):
        return self.env["omnichannel.message"].search([("external_id", "=", mid)])

    def test_a_bubble_tells_what_is_special_about_a_message(self):
        self._receive_instagram("Hello", mid="mid.1")
        message = self._message()
        message.write(
            {"is_comment": True, "is_recovered": True, "context": {"media_product_type": "FEED"}}
        )

        value = message._to_store_value()

        self.assertEqual(value["id"], message.id)
        self.assertTrue(value["isComment"] and value["isRecovered"])
        self.assertFalse(value["isEdited"] or value["isRetracted"] or value["commentId"])
        self.assertEqual(value["context"], {"media_product_type": "FEED"})

    def test_a_bubble_and_the_way_to_answer_it_have_one_key(self):
        conversation = self._receive_instagram("Hello", mid="mid.1")

        keys = [choice["key"] for choice in conversation.get_send_choices()]

        self.assertIn(self._message()._to_store_value()["key"], keys)

    def test_what_a_customer_quotes_is_pushed_with_the_message_that_quotes_it(self):
        self._receive_instagram("Is it in stock?", mid="mid.1", at=self._ago(minutes=2))
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()
        item = instagram_item("This one?", mid="mid.2", at=self._ago(minutes=1))
        item["message"]["reply_to"] = {"mid": "mid.1"}

        self._receive_items(item)

        self.env.cr.precommit.run()
        messages = self.env["bus.bus"].sudo().search([]).mapped("message")
        (push,) = [json.loads(m) for m in messages if '"discuss.channel/new_message"' in m]
        data = push["payload"]["data"]
        new, quoted = data["mail.message"]
        self.assertEqual(new["id"], self._message("mid.2").mail_message_id.id)
        self.assertEqual(new["parent_id"], quoted["id"])
        self.assertIn("Is it in stock?", str(quoted["body"]))
        self.assertIn(quoted["author_id"], [partner["id"] for partner in data["res.partner"]])
