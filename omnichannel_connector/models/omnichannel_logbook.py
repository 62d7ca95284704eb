import uuid
from datetime import timedelta, timezone

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.tools import plaintext2html

from ..channels.events import Call, CallState, InboundEvent, Kind
from .omnichannel_account import IN_PERSON
from .omnichannel_event_process import Incoming
from .res_partner import AGENT

VOICE = "voice"
REACHED = "reached"
OUTCOMES = [
    (REACHED, "Spoke to them"),
    ("message", "Left a message"),
    ("nobody", "Nobody there"),
]


class OmnichannelAccount(models.Model):
    """The logbook of a company: what its people did without any provider, calls and visits.

    It is an account because every message has one. It is archived: there is nothing to connect,
    to send or to watch.
    """

    _inherit = "omnichannel.account"

    _logbook_unique = models.UniqueIndex(
        "(company_id) WHERE channel = 'in_person'", "This company has a logbook already."
    )

    @api.model
    def _logbook(self, company):
        """Return the logbook of a company."""
        found = self.with_context(active_test=False).search(
            [("channel", "=", IN_PERSON), ("company_id", "=", company.id)]
        )
        if found:
            return found
        values = {
            "name": self.env._("Logged by hand"),
            "channel": IN_PERSON,
            "company_id": company.id,
            "active": False,
        }
        try:
            with self.env.cr.savepoint():
                return self.create(values)
        except psycopg2.errors.UniqueViolation:
            # a colleague logged the company's very first call in this moment: look again
            raise ConcurrencyError from None

    @api.constrains("channel", "active")
    def _check_logbook(self):
        if any(account.channel == IN_PERSON and account.active for account in self):
            raise ValidationError(
                self.env._("Visits need no account: log them in the customer's conversation.")
            )

    def _actions(self):
        return frozenset() if self.channel == IN_PERSON else super()._actions()

    def _missing_settings(self):
        return [] if self.channel == IN_PERSON else super()._missing_settings()

    def _test_mail(self):
        return [] if self.channel == IN_PERSON else super()._test_mail()


class OmnichannelIdentity(models.Model):
    """Who was spoken to, where no address of theirs took part: the customer record itself."""

    _inherit = "omnichannel.identity"

    @api.model
    def _of_person(self, partner):
        """Return the identity for what people did with a customer face to face."""
        found = self.search(
            [("kind", "=", IN_PERSON), ("partner_id", "=", partner.id)], order="id", limit=1
        )
        return found or self.create(
            {
                "kind": IN_PERSON,
                "value": uuid.uuid4().hex,  # nothing anybody could type or send
                "partner_id": partner.id,
                "source": "record",
                "trust": "confirmed",
                "trust_evidence": self.env._("Met in person"),
            }
        )

    def _compute_display_name(self):
        result = super()._compute_display_name()
        for identity in self.filtered(lambda identity: identity.kind == IN_PERSON):
            identity.display_name = self.env._("in person")
        return result


class OmnichannelCall(models.Model):
    """Calls and visits that people logged by hand. Who logged one may correct it."""

    _inherit = "omnichannel.call"

    outcome = fields.Selection(OUTCOMES, readonly=True, help="What came of it, if logged by hand.")
    note = fields.Text(readonly=True)
    logged_by_id = fields.Many2one("res.users", "Logged By", readonly=True, ondelete="set null")

    @api.model
    def _log(self, conversation, channel, happened_at, facts):
        """Put a call or visit into a customer's thread, in the name of the user. Return it.

        `channel` is VOICE or IN_PERSON, `facts` as `_prepare_logged` returns, `happened_at` is
        naive UTC. Nothing is sent to anybody. The caller has checked the rights and is
        superuser. Locks the conversation.
        """
        conversation._lock()
        conversation._ensure_channels()
        identity = conversation._logged_identity(channel)
        inbound = InboundEvent(
            kind=Kind.CALL,
            occurred_at=happened_at.replace(tzinfo=timezone.utc),
            identity=identity.value,
            is_echo=facts["is_outbound"],
            call=Call("", state=CallState(facts["state"]), is_outbound=facts["is_outbound"]),
        )
        account = self.env["omnichannel.account"]._logbook(conversation.company_id)
        item = Incoming(
            None, account, inbound, is_stranger=False, identity=identity, conversation=conversation
        )
        message = conversation._create_messages([item])
        message.write({"channel": channel, "is_seen": True, "state": "sent"})
        # whoever logged it said so, whoever called whom
        message.mail_message_id.author_id = self.env.user.partner_id
        call = self.create(
            {
                "message_id": message.id,
                "started_at": happened_at,
                "logged_by_id": self.env.uid,
                **facts,
            }
        )
        message.mail_message_id.body = call._render_logged()
        call._note_logged()
        self.env.flush_all()
        message._push_new()
        conversation._push_header()
        conversation._push_inbox()
        return call

    @api.model
    def _prepare_logged(self, is_outbound, outcome, minutes, note):
        """Return the values of a call or visit from what its form says."""
        is_reached = outcome == REACHED
        return {
            "is_outbound": is_outbound,
            "outcome": outcome,
            "state": (CallState.ENDED if is_reached else CallState.MISSED).value,
            "seconds": max(minutes, 0) * 60 if is_reached else 0,
            "note": (note or "").strip(),
        }

    def _note_logged(self):
        """Bring the clocks up to date, and end the follow-ups of whom somebody spoke to."""
        message, conversation = self.message_id, self.conversation_id
        message.identity_id._touch()  # who links it at this moment has to repeat
        is_reached = self.outcome == REACHED
        is_ours = is_reached or self.is_outbound
        if not is_ours:
            episodes = self.env["omnichannel.episode"]
            episodes._open({conversation: (message.occurred_at, message.channel)})
        conversation._note_message(
            message.occurred_at,
            message.channel,
            "outbound" if is_ours else "inbound",
            message.identity_id,
            is_automatic=is_ours and not is_reached,
            keeps_turn=is_ours and not is_reached,
            message=message,
        )
        conversation._derive_clocks()
        self._follow_outcome()

    def _follow_outcome(self):
        """End the follow-ups of whom somebody spoke to, if they had begun by then."""
        self.message_id.origin = "agent" if self.is_outbound else "customer"
        if self.outcome == REACHED or not self.is_outbound:
            reason = "human" if self.is_outbound else "replied"
            self.env["omnichannel.enrollment"]._stop_for(
                self.conversation_id, reason, self.started_at
            )

    def _correct(self, happened_at, facts):
        """Change what was logged, in the thread of everybody. The caller has checked the rights."""
        if abs(happened_at - self.started_at) < timedelta(seconds=1):
            happened_at = self.started_at  # forms know no fractions of a second
        self.conversation_id._lock()
        self.write({**facts, "started_at": happened_at})
        self.message_id.write(
            {
                "occurred_at": happened_at,
                "direction": "outbound" if facts["is_outbound"] else "inbound",
                "edited_at": fields.Datetime.now(),
            }
        )
        self.conversation_id._follow_losses()
        self._follow_outcome()
        self.message_id._show_body(self._render_logged())
        self.conversation_id._push_inbox()

    # === IN THE THREAD === #

    def _render_logged(self):
        """Return the body of what was logged: what somebody wrote about it, else what it was."""
        return plaintext2html(self.note or self._logged_headline())

    def _logged_headline(self):
        is_visit = self.message_id.channel == IN_PERSON
        names = {
            (True, True): self.env._("We visited them"),
            (True, False): self.env._("They came to us"),
            (False, True): self.env._("We called"),
            (False, False): self.env._("They called"),
        }
        outcomes = dict(self._fields["outcome"]._description_selection(self.env))
        name = names[is_visit, self.is_outbound]
        return self.env._(
            "%(what)s: %(outcome)s", what=name, outcome=outcomes[self.outcome].lower()
        )

    def action_correct(self):
        """Return the dialog in which the user corrects what they logged."""
        self.ensure_one()
        self._check_may_correct()
        return self.conversation_id.partner_id._log_contact_action(
            {
                "default_call_id": self.id,
                "default_conversation_id": self.conversation_id.id,
                "default_way": "visit" if self.message_id.channel == IN_PERSON else "call",
                "default_is_outbound": "ours" if self.is_outbound else "theirs",
                "default_happened_at": fields.Datetime.to_string(self.started_at),
                "default_minutes": self.seconds // 60,
                "default_note": self.note or "",
            }
        )

    def _check_may_correct(self):
        """Raise unless the user logged this, and may still answer this customer."""
        self.check_access("read")
        self.conversation_id.check_access("write")
        if not self.outcome or self.logged_by_id != self.env.user:
            raise UserError(self.env._("Who logged it may correct it, and nobody else."))

    def _to_store_value(self):
        value = super()._to_store_value()
        if not value or not self.outcome:
            return value
        return {
            **value,
            "id": self.id,
            "stateLabel": self._logged_headline(),
            "isLogged": True,
            "isVisit": self.message_id.channel == IN_PERSON,
            "hasNote": bool(self.note),
            "loggedBy": self.logged_by_id.id,
        }


class OmnichannelConversation(models.Model):
    """What people do with a customer outside of all channels."""

    _inherit = "omnichannel.conversation"

    def _logged_identity(self, channel):
        """Return with which address of the customer it happened, as far as anybody knows."""
        numbers = self.partner_id.omnichannel_identity_ids.filtered(
            lambda i: i.kind == "phone" and not (i.scope or i.is_shared or i._is_word_only())
        )
        known = numbers.sorted(lambda i: i.last_seen_at or i.create_date, reverse=True)[:1]
        if channel == VOICE and known:
            return known
        return self.env["omnichannel.identity"]._of_person(self.partner_id)

    def action_log_contact(self):
        """Return the dialog in which a call or a visit is logged."""
        self.ensure_one()
        self.check_access("write")
        return self.partner_id._log_contact_action({"default_conversation_id": self.id})


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_log_contact(self):
        """Return the dialog in which a call or a visit of this customer is logged."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(AGENT):
            raise UserError(
                self.env._("Ask an administrator to make you an agent of the Omnichannel app.")
            )
        return self._log_contact_action({})

    def _log_contact_action(self, context):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "omnichannel_connector.omnichannel_log_contact_action"
        )
        return {**action, "context": {"default_partner_id": self.id, **context}}
