"""What the tests of follow-ups share: a sequence by SMS, quiet customers, a clock that stands."""

from datetime import datetime, timedelta, timezone

from odoo import fields
from odoo.tests import freeze_time

from .common import OmnichannelCase


def utc(text):
    """Return "2031-01-06 12:00" as Odoo stores it."""
    return fields.Datetime.to_datetime(f"{text}:00")


class SequenceCase(OmnichannelCase):
    """Customers silent on Instagram get an SMS. A Monday in winter: New York is at UTC-5."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["omnichannel.sequence"].search([]).write({"state": "draft"})
        cls.template = cls.env["mail.template"].create(
            {
                "name": "Still there?",
                "model_id": cls.env["ir.model"]._get_id("omnichannel.conversation"),
                "body_html": "<p>Still there?</p>",
            }
        )
        cls.sequence = cls._sequence("By SMS")
        cls.people = 0

    @classmethod
    def _sequence(cls, name, delays=((0, "hours"),), **values):
        """Return a running sequence with a step by SMS after each of the delays."""
        steps = [
            fields.Command.create(
                {
                    "position": position,
                    "delay_number": delay[0],
                    "delay_unit": delay[1],
                    "delay_kind": delay[2] if len(delay) > 2 else "clock",
                    "channel": "sms",
                    "template_id": cls.template.id,
                }
            )
            for position, delay in enumerate(delays)
        ]
        values = {"name": name, "step_ids": steps, "state": "running", **values}
        return cls.env["omnichannel.sequence"].create(values)

    def _quiet_customer(self, now, number=None, **values):
        """Return the conversation of a customer whom we answered 25 hours before a moment."""
        type(self).people += 1
        sender = f"90000000000{self.people:04}"
        now = datetime.fromisoformat(now).replace(tzinfo=timezone.utc)
        with freeze_time(now):
            conversation = self._receive_instagram(
                "Hello", sender=sender, mid=f"q.{sender}", at=now - timedelta(hours=30)
            )
            conversation.partner_id.write({"phone": number or self._new_yorker(), **values})
            self._receive_instagram(
                "Hi!", sender=sender, mid=f"a.{sender}", at=now - timedelta(hours=25), echo=True
            )
        return conversation

    def _new_yorker(self):
        return f"+1212555{self.people:04}"

    def _enroll(self, conversation, now, sequence=None):
        """Put a customer into a sequence at a moment. Return the enrollment."""
        sequence = sequence or self.sequence
        with freeze_time(f"{now}:00"):
            enrollment = self.env["omnichannel.enrollment"].create(
                {
                    "sequence_id": sequence.id,
                    "conversation_id": conversation.id,
                    "step_id": sequence.step_ids[:1].id,
                }
            )
            enrollment._plan_first_runs()
        return enrollment

    def _follow_up(self, now):
        """Let the scheduled action run at a moment."""
        with freeze_time(f"{now}:00"):
            self._run_cron("ir_cron_omnichannel_enrollment")

    def _outcomes(self, enrollment):
        """Return what was decided, oldest first."""
        return enrollment.decision_ids.sorted("id").mapped("outcome")
