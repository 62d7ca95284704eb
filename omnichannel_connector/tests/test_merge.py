from odoo.tests import tagged

from .common import ANA_IGSID, ANA_NUMBER, OmnichannelCase, instagram_item


@tagged("-at_install", "post_install")
class TestMerge(OmnichannelCase):
    def test_odoos_merge_of_two_customers_leaves_one_conversation_with_everything(self):
        by_instagram = self._receive_instagram("By Instagram", at=self._ago(minutes=3))
        by_sms = self._receive_sms("By SMS")
        by_sms.channel_id.message_post(body="A note", message_type="comment")
        ana, other = by_instagram.partner_id, by_sms.partner_id

        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((ana | other).ids, ana, extra_checks=False)

        self.assertFalse(by_sms.exists())
        self.assertEqual(self._texts(by_instagram), ["By Instagram", "By SMS", "A note"])
        self.assertEqual(len(by_instagram.message_ids), 2)
        self.assertEqual(by_instagram.last_channel, "sms")
        self.assertEqual(set(ana.omnichannel_identity_ids.mapped("value")), {ANA_IGSID, ANA_NUMBER})

    def test_traffic_goes_on_in_the_one_conversation(self):
        by_instagram = self._receive_instagram("One", at=self._ago(minutes=3))
        by_sms = self._receive_sms("Two")
        ana, other = by_instagram.partner_id, by_sms.partner_id
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((ana | other).ids, ana, extra_checks=False)
        self.env.invalidate_all()

        self._store_instagram(instagram_item("Three", mid="mid.3"))._process()
        self._receive_sms("Four", sid="SM4")

        self.assertEqual(len(by_instagram.message_ids), 4)
