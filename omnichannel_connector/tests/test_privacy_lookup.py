import unittest

from odoo.tests import tagged

from .common import OmnichannelCase
from .person_common import PersonMixin


@tagged("-at_install", "post_install")
class TestPrivacyLookup(PersonMixin, OmnichannelCase):
    """Odoo's own look-up, in databases that have it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if "privacy.lookup.wizard" not in cls.env:
            raise unittest.SkipTest("privacy_lookup is not installed")

    def _look_up(self, name, email):
        wizard = self.env["privacy.lookup.wizard"].create({"name": name, "email": email})
        wizard.action_lookup()
        return wizard.line_ids

    def _found(self, lines, model):
        return set(lines.filtered(lambda line: line.res_model == model).mapped("res_id"))

    def test_a_person_is_found_by_an_address_that_their_record_has_not(self):
        ana = self._ana()
        ana.name = "Ana Lima"
        self.env["omnichannel.identity"].create(
            {"kind": "email", "value": "second@example.com", "partner_id": ana.id}
        )

        lines = self._look_up("Nobody of that name", "Second@Example.com")

        self.assertEqual(self._found(lines, "res.partner"), set(ana.ids))
        conversations = set(ana.omnichannel_conversation_ids.ids)
        self.assertEqual(self._found(lines, "omnichannel.conversation"), conversations)

    def test_nobody_is_found_twice(self):
        ana = self._ana()
        ana.write({"name": "Ana Lima", "email": "ana@example.com"})

        lines = self._look_up("Ana Lima", "ana@example.com")

        pairs = [(line.res_model, line.res_id) for line in lines]
        self.assertEqual(len(pairs), len(set(pairs)))
        self.assertIn(("res.partner", ana.id), pairs)

    def test_its_lines_are_archived_and_deleted_without_a_fault(self):
        ana = self._ana()
        ana.write({"name": "Ana Lima", "email": "ana@example.com"})
        conversation = ana.omnichannel_conversation_ids
        channel, messages = conversation.channel_id, conversation.message_ids

        lines = self._look_up("Ana Lima", "ana@example.com")
        lines.action_archive_all()
        ours = lines.filtered(lambda line: line.res_model.startswith("omnichannel."))
        for line in ours:
            line.action_unlink()

        self.assertTrue(ours)
        self.assertFalse(ana.active)
        self.assertFalse(conversation.exists() or channel.exists() or messages.exists())
