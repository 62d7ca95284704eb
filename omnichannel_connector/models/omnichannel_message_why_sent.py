from odoo import api, models

from .omnichannel_consent import MARKETING
from .omnichannel_identity_consent import Standing, fold
from .omnichannel_message_why import moment_text


class OmnichannelMessage(models.Model):
    """Why a message of ours was sent, whether it was allowed, and what became of it."""

    _inherit = "omnichannel.message"

    def _why_sections(self):
        sections = super()._why_sections()
        if self.direction != "outbound" or self.origin == "app":
            return sections
        return [
            *sections,
            {
                "key": "consent",
                "icon": "fa-handshake-o",
                "title": self.env._("Why it was allowed"),
                "lines": [self._why_consent()],
            },
            {
                "key": "deliveries",
                "icon": "fa-paper-plane-o",
                "title": self.env._("What became of it"),
                "lines": self._why_deliveries(),
            },
        ]

    # === WHO SENT IT === #

    def _why_origin(self):
        if self.direction == "inbound":
            return super()._why_origin()
        values = {
            "channel": self._why_channel(),
            "account": self.account_id.name,
            "moment": moment_text(self.env, self.occurred_at),
        }
        lines = [
            *self._why_sender(),
            self.env._(
                "It was queued on %(moment)s, to go by %(channel)s through our account "
                "“%(account)s”.",
                **values,
            ),
        ]
        if self.comment_id:
            lines.append(self.env._("It is the one private answer to a public comment."))
        return lines

    def _why_sender(self):
        if self.origin == "sequence":
            return self._why_sequence()
        if self.origin == "notice" and self.confirms_id:
            return [
                self.env._("Automatic: it confirms, once, that the customer gets no more messages.")
            ]
        if self.origin == "assistant":
            return [self.env._("A first answer: a canned response that went out by itself.")]
        if self.origin == "notice":
            return [self.env._("Automatic: nobody wrote it by hand.")]
        if self.origin == "app":
            return [
                self.env._(
                    "Somebody of us wrote it in the provider's own app, and the provider told us."
                )
            ]
        author = self.env["omnichannel.link"]._why_name(self.mail_message_id.author_id)
        return [self.env._("%(user)s wrote it.", user=author)]

    def _why_sequence(self):
        """Return which follow-up it was, which step with which template, and the decision."""
        sequence = self.enrollment_id.sequence_id.name or self.env._("deleted since")
        lines = [self.env._("The follow-up “%(sequence)s” sent it.", sequence=sequence)]
        if self.step_id:
            lines.append(self.env._("Its step: %(step)s.", step=self.step_id.display_name))
        decision = self.env["omnichannel.decision"].search(
            [
                ("enrollment_id", "=", self.enrollment_id.id),
                ("step_id", "=", self.step_id.id),
                ("outcome", "=", "sent"),
            ],
            limit=1,
        )
        if self.enrollment_id and decision:
            lines += self._why_waits(decision)
            moment = moment_text(self.env, decision.decided_at)
            lines.append(self.env._("Decided on %(moment)s.", moment=moment))
            lines += decision._lines()
        return lines

    def _why_waits(self, decision):
        """Return what the step had to wait for before it was sent."""
        waits = self.env["omnichannel.decision"].search(
            [
                ("enrollment_id", "=", decision.enrollment_id.id),
                ("step_id", "=", decision.step_id.id),
                ("outcome", "in", ("moved", "held")),
            ],
            order="id",
        )
        return [
            self.env._(
                "It had to wait on %(moment)s: %(reason)s",
                moment=moment_text(self.env, wait.decided_at),
                reason=wait.reason,
            )
            for wait in waits
        ]

    # === CONSENT === #

    def _why_consent(self):
        """Return what the customer had said when this was queued."""
        if self.confirms_id:
            return self.env._("A refusal may be confirmed once, within minutes.")
        purpose = self._purpose()
        standing = self._why_standing(purpose)
        if standing and standing.state == "granted":
            return self.env._(
                "The customer had agreed to it on %(moment)s: “%(words)s”",
                moment=moment_text(self.env, standing.since),
                words=standing.words or self._why_source(standing),
            )
        if standing and standing.is_about_mailings:
            return self.env._(
                "The customer wanted no mailings. This is none: a person answered by hand."
            )
        if standing:
            return self.env._("A refusal came in between. What is queued after it is not sent.")
        if purpose == MARKETING:
            return self.env._("No agreement is on record here any more.")
        return self.env._(
            "It is about the customer's own business. That is allowed until they refuse, and they "
            "had not."
        )

    def _why_standing(self, purpose):
        """Return the Standing at the address when this was queued, or None."""
        entries = self.env["omnichannel.consent"].search(
            [
                ("identity_id", "=", self.identity_id.id),
                ("channel", "=", self.channel),
                ("purpose", "=", purpose),
                ("occurred_at", "<=", self.occurred_at),
            ],
            order="occurred_at, id",
        )
        return fold(
            Standing(
                entry.state,
                entry.channel,
                entry.source,
                entry.words,
                entry.occurred_at,
                entry.source == "provider",
            )
            for entry in entries
        )

    @api.model
    def _why_source(self, standing):
        names = self.env["omnichannel.consent"]._fields["source"]._description_selection(self.env)
        return dict(names)[standing.source]

    # === DELIVERIES === #

    def _why_deliveries(self):
        deliveries = self.delivery_ids.filtered(lambda delivery: delivery.kind == "message")
        return [delivery._why(len(set(deliveries.mapped("position")))) for delivery in deliveries]


class OmnichannelDelivery(models.Model):
    _inherit = "omnichannel.delivery"

    def _why(self, parts):
        """Return what became of this call in one line: state, times, tries, ids, error."""
        self.ensure_one()
        facts = [dict(self._fields["state"]._description_selection(self.env))[self.state]]
        if parts > 1:
            facts.insert(0, self.env._("Part %(number)s", number=self.position + 1))
        if self.attempts:
            facts.append(self.env._("attempts: %(count)s", count=self.attempts))
        facts += self._why_times()
        if self.external_id:
            facts.append(self.env._("the provider calls it %(id)s", id=self.external_id))
        if self.error:
            facts.append(" ".join(filter(None, (self.error_code, self.error))))
        if self.retry_id:
            facts.append(self.env._("sent again after that"))
        return " · ".join(facts)

    def _why_times(self):
        times = []
        if self.sent_at:
            sent_at = moment_text(self.env, self.sent_at)
            times.append(self.env._("sent on %(moment)s", moment=sent_at))
        elif self.attempted_at:
            attempted_at = moment_text(self.env, self.attempted_at)
            times.append(self.env._("last tried on %(moment)s", moment=attempted_at))
        if self.state == "queued" and self.next_attempt_at:
            next_at = moment_text(self.env, self.next_attempt_at)
            times.append(self.env._("next on %(moment)s", moment=next_at))
        return times
