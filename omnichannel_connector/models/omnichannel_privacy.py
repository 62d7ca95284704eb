from collections.abc import Callable
from dataclasses import dataclass, field, replace

from odoo import api, models
from odoo.exceptions import AccessError, UserError

ADMINISTRATOR = "omnichannel_connector.omnichannel_group_administrator"
# What such a field holds proves who somebody is: it never leaves, not even to them.
SECRET_WORDS = ("code", "token", "secret", "hash", "digest", "salt", "signature", "nonce")
# Models whose rows are a person's by what they refer to: {name of the section: model}.
BY_REFERENCE = {
    "answers": "omnichannel.answer",
    "first_answers": "omnichannel.first.decision",
    "belongings": "omnichannel.belonging",
    "cards": "omnichannel.card",
    "episodes": "omnichannel.episode",
    "proposals": "omnichannel.consent.proposal",
    "verifications": "omnichannel.verification",
    "scheduled": "omnichannel.scheduled",
}


@dataclass(frozen=True, slots=True)
class Person:
    """A customer and what is theirs alone. All records are in superuser mode.

    `identities` are the addresses that nobody else uses; `shared` those that others use too. They
    stay when the person is erased, without a word of the person. `events` are what providers told.
    """

    partner: models.Model
    identities: models.Model
    shared: models.Model
    conversations: models.Model
    events: models.Model


@dataclass(frozen=True, slots=True)
class Section:
    """Which rows of a model belong to a person, and what of them is told to the person.

    `name` is the key in the export and never changes. `fields` are exported under their names;
    `more` adds to a row what no field of it holds. With `is_erased` False the rows stay when the
    person is erased, and something else has to take the person out of them.
    """

    name: str
    model: str
    domain: list
    fields: tuple[str, ...] = ()
    more: Callable = field(default=lambda record: {})
    is_erased: bool = True


class OmnichannelPrivacy(models.AbstractModel):
    """The one place that knows what we keep about a person. Export and erasure both ask it."""

    _name = "omnichannel.privacy"
    _description = "What We Keep About a Person"

    @api.model
    def _person(self, partner):
        """Return the Person whom a customer record stands for.

        For administrators of the Omnichannel app who may write the record. Raise UserError for
        records that stand for several people, and when there are conversations in companies that
        the administrator is no member of.
        """
        if not self.env.user.has_group(ADMINISTRATOR):
            raise AccessError(
                self.env._("Only administrators of the Omnichannel app may do this to a person.")
            )
        partner.ensure_one().check_access("write")
        # sudo: the person has a right to all of it; the companies are checked below
        partner_sudo = partner.sudo().with_context(active_test=False)
        identities = partner_sudo.env["omnichannel.identity"].search(
            ["|", ("partner_id", "=", partner.id), ("candidate_ids", "in", partner.ids)]
        )
        shared = identities.filtered(lambda i: i.is_shared or i.partner_id != partner_sudo)
        conversations = partner_sudo.env["omnichannel.conversation"].search(
            [("partner_id", "=", partner.id)]
        )
        events = identities.env["omnichannel.event"]
        person = Person(partner_sudo, identities - shared, shared, conversations, events)
        self._check_person(person)
        return replace(person, events=self._find_events(person))

    def _check_person(self, person):
        if any(identity._is_anonymous() for identity in person.identities | person.shared):
            raise UserError(
                self.env._("Anonymous callers are many people, and nobody in particular.")
            )
        companies = person.conversations.company_id | person.partner.company_id
        if companies - self.env.user.company_ids:
            raise UserError(
                self.env._(
                    "This person is also known in a company that you have no access to. Ask an "
                    "administrator of all companies."
                )
            )

    @api.model
    def _privacy_sections(self, person):
        """Return the Sections of a person, parents before what hangs on them.

        To be extended: another addon with a model about people adds its section here. Erasure
        goes through them from the last to the first.
        """
        return [
            *self._address_sections(person),
            *self._conversation_sections(person),
            *self._message_sections(person),
            *self._follow_up_sections(person),
            *self._reference_sections(person),
            *self._raw_sections(person),
        ]

    @api.model
    def _privacy_not_personal(self):
        """Return {model: why it is in no section although it refers to a customer}."""
        return {}

    # === SECTIONS === #

    def _address_sections(self, person):
        identities, partner = person.identities.ids, person.partner.id
        facts = ("kind", "scope", "value", "raw_value", "username", "trust", "trust_evidence")
        facts += ("source", "validity", "validity_reason", "validity_at", "is_shared")
        facts += ("is_household", "is_opted_out", "first_seen_at", "last_seen_at")
        journal = ["|", ("identity_id", "in", identities), ("to_partner_id", "=", partner)]
        maybe = ["|", ("identity_id", "in", identities), ("partner_id", "=", partner)]
        yield Section("identities", "omnichannel.identity", [("id", "in", identities)], facts)
        yield Section(
            "shared_identities",
            "omnichannel.identity",
            [("id", "in", person.shared.ids)],
            ("kind", "scope", "value", "is_household"),
            is_erased=False,
        )
        yield Section(
            "links",
            "omnichannel.link",
            journal,
            ("identity_id", "reason", "evidence", "state", "create_date", "undone_at"),
        )
        yield Section(
            "suggestions",
            "omnichannel.suggestion",
            maybe,
            ("identity_id", "reasons", "score", "state"),
        )
        yield Section(
            "consents",
            "omnichannel.consent",
            [("identity_id", "in", identities)],
            ("identity_id", "channel", "purpose", "state", "source", "words", "evidence")
            + ("occurred_at",),
        )

    def _conversation_sections(self, person):
        clocks = ("last_message_at", "last_inbound_at", "last_outbound_at")
        yield Section(
            "conversations",
            "omnichannel.conversation",
            [("id", "in", person.conversations.ids)],
            ("company_id", "state", "waiting_for", "last_channel", *clocks),
        )
        yield Section(
            "notes",
            "mail.message",
            [*self._stream_domain(person), ("omnichannel_message_ids", "=", False)],
            ("date", "body"),
            lambda note: {"is_internal": True, "files": note.attachment_ids.mapped("name")},
        )

    def _stream_domain(self, person):
        """Return the domain of all that stands in the person's threads, notes included."""
        return [
            ("model", "=", "discuss.channel"),
            ("res_id", "in", person.conversations.channel_id.ids),
        ]

    def _message_sections(self, person):
        own = self._message_domain(person)
        of_own = [("message_id", "any", own)]
        yield Section(
            "messages",
            "omnichannel.message",
            own,
            ("direction", "origin", "channel", "identity_id", "occurred_at", "state", "error")
            + ("external_id", "payload", "context", "is_comment", "edited_at", "retracted_at"),
            lambda message: {
                "subject": message.mail_message_id.subject or None,
                "text": str(message.mail_message_id.body or ""),
                "files": message.mail_message_id.attachment_ids.mapped("name"),
            },
        )
        yield Section(
            "calls",
            "omnichannel.call",
            of_own,
            ("message_id", "state", "is_outbound", "started_at", "seconds", "answered_by")
            + ("recording_url", "recording_seconds", "transcript", "outcome", "note"),
        )
        yield Section(
            "media",
            "omnichannel.media",
            of_own,
            ("message_id", "kind", "url", "external_id", "content_type", "name", "state"),
        )
        yield Section(
            "deliveries",
            "omnichannel.delivery",
            ["|", *of_own, ("identity_id", "in", person.identities.ids)],
            ("message_id", "kind", "text", "reaction", "state", "external_id", "attempted_at")
            + ("sent_at", "error"),
        )

    def _message_domain(self, person):
        """Return the domain of what the person wrote or was written, and said in a household."""
        terms = [
            ("conversation_id", "in", person.conversations.ids),
            ("identity_id", "in", person.identities.ids),
        ]
        if "speaker_id" in self.env["omnichannel.message"]._fields:
            terms.append(("speaker_id", "=", person.partner.id))
        return ["|"] * (len(terms) - 1) + terms

    def _follow_up_sections(self, person):
        conversations = person.conversations.ids
        yield Section(
            "enrollments",
            "omnichannel.enrollment",
            [("conversation_id", "in", conversations)],
            ("sequence_id", "state", "stop_reason", "enrolled_at", "next_run_at"),
        )
        yield Section(
            "decisions",
            "omnichannel.decision",
            [("enrollment_id.conversation_id", "in", conversations)],
            ("enrollment_id", "outcome", "reason", "decided_at", "explanation"),
        )

    def _reference_sections(self, person):
        """Yield what refers to the person's addresses, conversations and messages."""
        owners = {
            "res.partner": ("in", person.partner.ids),
            "omnichannel.identity": ("in", person.identities.ids),
            "omnichannel.conversation": ("in", person.conversations.ids),
            "omnichannel.message": ("any", self._message_domain(person)),
        }
        for name, model_name in BY_REFERENCE.items():
            if model_name not in self.env:
                continue
            model = self.env[model_name]
            terms = [
                (field_name, *owners[model_field.comodel_name])
                for field_name, model_field in model._fields.items()
                if model_field.type == "many2one"
                and model_field.store
                and model_field.comodel_name in owners
            ]
            domain = ["|"] * (len(terms) - 1) + terms
            yield Section(name, model_name, domain, self._tellable_fields(model))

    def _tellable_fields(self, model):
        """Return the stored fields of a model that hold no secret."""
        return tuple(
            name
            for name, model_field in model._fields.items()
            if model_field.store
            and not model_field.groups
            and model_field.type not in ("binary", "many2many", "one2many")
            and name not in ("id", "create_uid", "write_uid", "write_date")
            and not any(word in name for word in SECRET_WORDS)
        )
