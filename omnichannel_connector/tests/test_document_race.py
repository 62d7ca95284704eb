from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import mute_logger

from .race_common import RaceCase


@tagged("-at_install", "post_install")
class TestDocumentRace(RaceCase):
    """An answer on a document while somebody else changes the customer's conversation."""

    def setUp(self):
        super().setUp()
        conversation = self._conversation(self.one)
        lead = self.one["crm.lead"].with_context(omnichannel_no_card=True, tracking_disable=True)
        self.lead_id = lead.create(
            {"name": "Race lamps", "partner_id": conversation.partner_id.id}
        ).id
        sequence = self.one["omnichannel.sequence"].create({"name": "Race"})
        self.enrollment_id = (
            self.one["omnichannel.enrollment"]
            .create({"sequence_id": sequence.id, "conversation_id": conversation.id})
            .id
        )
        conversation.action_close()
        self.one.cr.commit()
        self._forget(self.two)

    def _remove(self, env):
        env["omnichannel.sequence"].search([("name", "=", "Race")]).unlink()
        env["crm.lead"].browse(self.lead_id).unlink()
        return super()._remove(env)

    def _answer(self, env):
        lead = env["crm.lead"].browse(self.lead_id)
        return lead.message_post(
            body="I take it",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=lead.partner_id.id,
        )

    def _cards(self, env):
        conversation = self._conversation(env)
        own = [("conversation_id", "=", conversation.id), ("res_model", "=", "mail.message")]
        return env["omnichannel.card"].search(own)

    def test_an_answer_that_met_a_change_ends_follow_ups_once_it_is_stored(self):
        self._conversation(self.one)  # from now on one sees the world as it is
        self._conversation(self.two).last_outbound_at = "2030-01-01 00:00:00"
        self.two.cr.commit()

        with mute_logger("odoo.sql_db"):
            answer = self._answer(self.one)
        self.assertFalse(self._cards(self.one))
        self.one.cr.commit()

        self._forget(self.two)
        self.assertEqual(self._cards(self.two).res_id, answer.id)
        self.assertEqual(self._conversation(self.two).state, "open")
        enrollment = self.two["omnichannel.enrollment"].browse(self.enrollment_id)
        self.assertEqual((enrollment.state, enrollment.stop_reason), ("stopped", "replied"))

    def test_it_is_tried_more_than_once(self):
        cards = self.registry["omnichannel.card"]
        follow, conflicts = cards._follow_answers, [SerializationFailure(), SerializationFailure()]

        def work(model, letters):
            if conflicts:
                raise conflicts.pop()
            return follow(model, letters)

        with patch.object(cards, "_follow_answers", work):
            answer = self._answer(self.one)
            self.one.cr.commit()

        self._forget(self.two)
        self.assertEqual(self._cards(self.two).res_id, answer.id)
        self.assertFalse(conflicts)

    def test_an_answer_that_is_not_stored_is_not_shown(self):
        self._conversation(self.one)
        self._conversation(self.two).last_outbound_at = "2030-01-01 00:00:00"
        self.two.cr.commit()

        with mute_logger("odoo.sql_db"), self.one.cr.savepoint() as savepoint:
            self._answer(self.one)
            savepoint.rollback()
        self.one.cr.commit()

        self._forget(self.two)
        self.assertFalse(self._cards(self.two))
        self.assertEqual(self._conversation(self.two).state, "closed")
