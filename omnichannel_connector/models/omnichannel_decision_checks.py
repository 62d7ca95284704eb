from datetime import datetime

from odoo import api, fields, models

from .omnichannel_message_why import moment_text
from .timing import to_naive_utc

FEW = 3  # time zones that are listed one by one


def clock(minute):
    """Return minutes after midnight as 21:00."""
    return f"{minute // 60}:{minute % 60:02}"


class OmnichannelDecision(models.Model):
    """The decision record: what each rule looked at, in sentences."""

    _inherit = "omnichannel.decision"

    outcome = fields.Selection(
        selection_add=[("moved", "Moved"), ("held", "Held")],
        ondelete={"moved": lambda rows: rows.unlink(), "held": lambda rows: rows.unlink()},
    )
    rule = fields.Char(help="Which rule was in the way.")
    until = fields.Datetime("Next Try")
    checks = fields.Json(help="What each rule looked at, and what it found.")
    explanation = fields.Text(compute="_compute_explanation")
    partner_id = fields.Many2one(related="conversation_id.partner_id")
    sequence_id = fields.Many2one(related="enrollment_id.sequence_id")

    @api.depends("outcome", "sequence_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        for decision in self:
            outcome = labels.get(decision.outcome, "")
            decision.display_name = f"{decision.sequence_id.name}: {outcome}"

    @api.depends("checks")
    @api.depends_context("lang", "tz", "uid")
    def _compute_explanation(self):
        for decision in self:
            decision.explanation = "\n".join(decision._lines())

    def _lines(self):
        """Return what was looked at, a sentence for each rule."""
        return [self._sentence(check) for check in self.checks or ()]

    def _sentence(self, check):
        """Return what a rule found about its values."""
        rule = getattr(self, f"_sentence_{check['rule']}", None)
        return rule(check, check["values"]) if rule else check["rule"]

    # === RULES === #

    def _sentence_hours(self, check, values):
        there = self._places(values)
        if check["allowed"]:
            sentence = self.env._("It is a good time there: %(there)s.", there=there)
        else:
            allowed = self._rule_of_hours(values)
            sentence = self.env._(
                "Not at this time: %(there)s. %(allowed)s", there=there, allowed=allowed
            )
        # decisions from before know nothing of it
        count = values.get("without_common")
        if not count:
            return sentence
        return self.env._(
            "%(sentence)s No time is allowed in all %(count)s possible time zones: the surest "
            "counts alone.",
            sentence=sentence,
            count=count,
        )

    def _rule_of_hours(self, values):
        if not values["quiet"]:
            return self.env._("It is outside the hours of this sequence.")
        start, end = map(clock, values["quiet"])
        quiet = self.env._("Quiet hours are from %(start)s to %(end)s.", start=start, end=end)
        if values["weeks"]:
            return self.env._("%(quiet)s Otherwise the hours of this sequence count.", quiet=quiet)
        return quiet

    def _places(self, values):
        """Return what clocks show where the customer may be, and how we know the place."""
        sources = self._sources()
        places = [
            (local, name, sources.get(source, source))
            for local, (name, source) in zip(values["local"], values["zones"], strict=True)
        ]
        if len(places) <= FEW:
            return "; ".join(
                self.env._(
                    "%(time)s in %(zone)s (%(known_by)s)",
                    time=local[-5:],
                    zone=name.replace("_", " "),
                    known_by=source,
                )
                for local, name, source in places
            )
        clocks = sorted(local for local, _name, _source in places)
        return self.env._(
            "%(first)s to %(last)s, in one of %(count)s possible time zones (%(known_by)s)",
            first=clocks[0][-5:],
            last=clocks[-1][-5:],
            count=len(places),
            known_by=", ".join(dict.fromkeys(source for _local, _name, source in places)),
        )

    def _sources(self):
        """Return how a time zone may be known, in words."""
        return {
            "own": self.env._("the customer's own setting"),
            "record": self.env._("the customer's record"),
            "number": self.env._("the phone number"),
            "country": self.env._("the country"),
            "number_and_country": self.env._("phone number and country"),
            "company": self.env._("our company's, the customer's is not known"),
            "unknown": self.env._("no time zone is known"),
        }

    def _sentence_cap(self, check, values):
        if check["allowed"]:
            sentence = self.env._(
                "%(sent)s of at most %(count)s follow-ups in %(days)s days went before.",
                sent=values["sent"],
                count=values["count"],
                days=round(values["hours"] / 24),
            )
        else:
            sentence = self.env._(
                "The customer had %(count)s follow-ups in %(days)s days: that is the most.",
                count=values["count"],
                days=round(values["hours"] / 24),
            )
        return sentence

    def _sentence_distance(self, check, values):
        hours = round(values["hours"])
        if check["allowed"]:
            return self.env._(
                "No other sequence wrote within the last %(hours)s hours.", hours=hours
            )
        return self.env._(
            "Another sequence wrote on %(last)s, less than %(hours)s hours ago.",
            last=self._moment(values["last"]),
            hours=hours,
        )

    def _sentence_priority(self, check, values):
        if check["allowed"]:
            return self.env._("No more important follow-up is due.")
        return self.env._(
            "“%(sequence)s” is more important and due on %(due)s.",
            sequence=values["behind"],
            due=self._moment(values["due"]),
        )

    def _sentence_throttle(self, check, values):
        if check["allowed"]:
            return self.env._(
                "Fewer than %(count)s follow-ups left through the account within the hour.",
                count=values["count"],
            )
        return self.env._(
            "%(count)s follow-ups left through the account within the hour: that is the most.",
            count=values["count"],
        )

    def _sentence_template(self, _check, values):
        return self.env._(
            "Words: template “%(name)s”, as changed on %(changed)s.",
            name=values["name"],
            changed=moment_text(self.env, fields.Datetime.to_datetime(values["changed"])),
        )

    def _sentence_owed(self, _check, values):
        return self.env._(
            "The customer has waited for an answer since %(since)s.",
            since=moment_text(self.env, fields.Datetime.to_datetime(values["since"])),
        )

    def _sentence_consent(self, _check, _values):
        return self.env._("Nobody has decided yet whether the customer asked to stop.")

    def _moment(self, text):
        return moment_text(self.env, to_naive_utc(datetime.fromisoformat(text)))
