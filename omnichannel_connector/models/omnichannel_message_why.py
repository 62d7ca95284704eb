from odoo import api, models
from odoo.tools import format_datetime

# How the keys of events begin that may have brought a message, before the provider's ID.
EVENT_KINDS = ("message", "echo", "mail", "comments", "live_comments", "postback")
LATE = 60  # seconds after which it is worth telling that a message reached us late


def moment_text(env, moment):
    """Return a moment in the user's language and time zone."""
    return format_datetime(env, moment, dt_format="medium")


class OmnichannelMessage(models.Model):
    """Why a bubble is where it is: from what we know, in sentences."""

    _inherit = "omnichannel.message"

    @api.readonly
    def get_why(self):
        """Return why this message is in this thread, with no more than the user may read.

        {sections: [{key, icon, title, lines: [sentence]}], eventId: id of the raw event, for
        those who may read events, else False}. For the web client.
        """
        self.ensure_one()
        self.check_access("read")
        sections = [section for section in self._why_sections() if section["lines"]]
        return {"sections": sections, "eventId": self._why_event().id}

    def _why_sections(self):
        """Return the sections in their order. To be extended."""
        is_inbound = self.direction == "inbound"
        return [
            {
                "key": "origin",
                "icon": "fa-sign-in" if is_inbound else "fa-sign-out",
                "title": self.env._("Where it comes from"),
                "lines": [*self._why_origin(), *self._why_fate()],
            },
            {
                "key": "address",
                "icon": "fa-at",
                "title": self.env._("Which address"),
                "lines": self._why_address(),
            },
            {
                "key": "customer",
                "icon": "fa-user-o",
                "title": self.env._("Why in this thread"),
                "lines": self.identity_id._why_customer(self),
            },
        ]

    # === ORIGIN === #

    def _why_origin(self):
        values = {"channel": self._why_channel(), "account": self.account_id.name}
        lines = [
            self.env._("It came by %(channel)s, through our account “%(account)s”.", **values),
            self.env._(
                "It was written on %(moment)s.", moment=moment_text(self.env, self.occurred_at)
            ),
        ]
        if (self.create_date - self.occurred_at).total_seconds() > LATE:
            moment = moment_text(self.env, self.create_date)
            lines.append(self.env._("It reached us later, on %(moment)s.", moment=moment))
        if self.is_automatic:
            lines.append(self.env._("A machine wrote it: an out-of-office note or the like."))
        return lines

    def _why_fate(self):
        """Return what else happened to the message, in either direction."""
        lines = []
        if self.is_comment:
            lines.append(self.env._("It is a public comment."))
        if self.is_recovered:
            lines.append(
                self.env._(
                    "The provider never announced it. It was found there when we asked what we "
                    "had missed."
                )
            )
        if self.edited_at:
            moment = moment_text(self.env, self.edited_at)
            lines.append(self.env._("Its text was changed on %(moment)s.", moment=moment))
        if self.retracted_at:
            moment = moment_text(self.env, self.retracted_at)
            lines.append(self.env._("It was taken back on %(moment)s.", moment=moment))
        if self.external_id:
            lines.append(self.env._("The provider calls it %(id)s.", id=self.external_id))
        return lines

    # === ADDRESS === #

    def _why_address(self):
        identity = self.identity_id
        values = {"address": identity.display_name, "kind": identity._label("kind")}
        return [
            self.env._("It was written from %(address)s (%(kind)s).", **values)
            if self.direction == "inbound"
            else self.env._("It went to %(address)s (%(kind)s).", **values),
            *identity._why_trust(),
        ]

    # === EVENT === #

    def _why_event(self):
        """Return the event that brought this message, for those who may read events."""
        events = self.env["omnichannel.event"]
        if not self.external_id or not events.has_access("read"):
            return events
        keys = [f"{kind}:{self.external_id}" for kind in EVENT_KINDS]
        return events.search(
            [("account_id", "=", self.account_id.id), ("key", "in", keys)], order="id", limit=1
        )

    # === WORDS === #

    def _why_channel(self):
        return dict(self._get_channels()).get(self.channel, self.channel)


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    def _why_trust(self):
        """Return how sure it is who uses this address, and how we know."""
        sentences = {
            "claimed": self.env._("Claimed: somebody typed this address. Nothing proves it."),
            "observed": self.env._("Observed: a channel or a record has this address."),
            "attested": self.env._("Attested: the customer proved to read what is sent there."),
            "confirmed": self.env._("Confirmed: one of us said whose it is."),
        }
        lines = [sentences[self.trust]]
        if self.trust_evidence:
            lines.append(self.env._("How we know: %(evidence)s.", evidence=self.trust_evidence))
        return lines

    def _why_customer(self, message):
        """Return why this address is the customer's in whose thread `message` is."""
        in_force = self._links_in_force().sorted("id")[-1:]
        lines = in_force._why(message) if in_force else [self._why_home()]
        if self.is_shared:
            lines.append(
                self.env._("More than one customer uses this address: a person decides who it is.")
            )
        undone = self.link_ids.filtered(lambda link: link.state == "undone").sorted("id")
        return lines + [link._why_undone() for link in undone]

    def _why_home(self):
        """Return how this address came to its customer without any link."""
        customer = self.env["omnichannel.link"]._why_name(self.partner_id)
        sentences = {
            "channel": self.env._(
                "The address was new when it first wrote: it belongs to %(customer)s, the record "
                "that was made then.",
                customer=customer,
            ),
            "record": self.env._(
                "The address is on the record of %(customer)s, since %(date)s.",
                customer=customer,
                date=moment_text(self.env, self.create_date),
            ),
            "typed": self.env._("%(customer)s typed this address.", customer=customer),
            "merged": self.env._(
                "The address was on a record that was merged into that of %(customer)s.",
                customer=customer,
            ),
        }
        return sentences[self.source]


class OmnichannelLink(models.Model):
    _inherit = "omnichannel.link"

    def _why(self, message):
        """Return who linked the address, why, and whether that brought the message here."""
        self.ensure_one()
        values = self._why_values()
        sentences = {
            "staff": self.env._(
                "%(user)s linked this address to %(customer)s on %(date)s.", **values
            ),
            "verification": self.env._(
                "The customer proved on %(date)s to be %(customer)s: the address was linked then.",
                **values,
            ),
            "variant": self.env._(
                "It is a number of %(customer)s, written in another way: linked on %(date)s.",
                **values,
            ),
        }
        lines = [sentences[self.reason]]
        if self.evidence:
            lines.append(self.env._("Reason: %(evidence)s.", evidence=self.evidence))
        if suggestion := self._why_suggestion():
            because = suggestion.explanation
            lines.append(self.env._("It had been suggested: %(because)s.", because=because))
        if message.create_date < self.create_date and self.from_partner_id:
            lines.append(
                self.env._(
                    "The message was in the thread of %(former)s before, and moved here with the "
                    "link. Undoing the link moves it back.",
                    former=self._why_name(self.from_partner_id),
                )
            )
        return lines

    def _why_undone(self):
        return self.env._(
            "A link to %(customer)s, made by %(user)s on %(date)s, was undone on %(undone)s.",
            **self._why_values(),
            undone=moment_text(self.env, self.undone_at),
        )

    def _why_values(self):
        return {
            "user": self._why_name(self.create_uid),
            "customer": self._why_name(self.to_partner_id),
            "date": moment_text(self.env, self.create_date),
        }

    def _why_suggestion(self):
        return self.env["omnichannel.suggestion"].search(
            [
                ("identity_id", "=", self.identity_id.id),
                ("partner_id", "=", self.to_partner_id.id),
                ("state", "=", "linked"),
            ],
            limit=1,
        )

    @api.model
    def _why_name(self, record):
        """Return a person's name as far as the user may know it."""
        if record and record.has_access("read"):
            return record.display_name
        return self.env._("somebody else")
