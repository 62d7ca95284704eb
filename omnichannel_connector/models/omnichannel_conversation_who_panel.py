from odoo import fields, models

MAX_CANDIDATES = 12  # of a switchboard there may be hundreds; the form has them all


class OmnichannelConversation(models.Model):
    """The panel's first section: who this is, and by which addresses we know them."""

    _inherit = "omnichannel.conversation"

    def _prepare_panel(self):
        return {**super()._prepare_panel(), "who": self._prepare_who()}

    def _prepare_who(self):
        """Return the section, with no more of partners and identities than the user may read.

        `candidates` are asked for when `isUnclear`, and speak when `isHousehold`; there are
        `moreCount` more of them.
        """
        identities = self.partner_id.omnichannel_identity_ids._filtered_access("read")
        return {
            "identities": [identity._prepare_panel_line() for identity in identities],
            "candidates": [
                {
                    "id": candidate.id,
                    "name": candidate.display_name,
                    "detail": self._describe_candidate(candidate),
                }
                for candidate in self.candidate_ids[:MAX_CANDIDATES]
            ],
            "moreCount": len(self.candidate_ids[MAX_CANDIDATES:]),
            "isUnclear": self.is_unclear,
            "isHousehold": self.is_household,
            "speakerId": self.speaker_id.id,
        }

    def _describe_candidate(self, partner):
        """Return what tells a candidate from the others: they have an address in common."""
        shared = self.partner_id.omnichannel_identity_ids.filtered("is_shared").mapped("value")
        details = [partner.function, partner.city, partner.email, partner.phone_sanitized]
        return " · ".join(detail for detail in details if detail and detail not in shared)


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    def _prepare_panel_line(self):
        """Return what the panel shows of an address. Dates are strings in UTC, or False."""
        self.ensure_one()
        return {
            "id": self.id,
            "kind": self.kind,
            "kindLabel": self._label("kind"),
            "address": self.display_name,
            "trust": self.trust,
            "trustLabel": self._label("trust"),
            "evidence": self.trust_evidence or "",
            "firstSeen": fields.Datetime.to_string(self.first_seen_at),
            "lastSeen": fields.Datetime.to_string(self.last_seen_at),
            "validity": self.validity,
            "validityLabel": self._label("validity"),
            "validityReason": self.validity_reason or "",
            "isShared": self.is_shared,
            "isOptedOut": self.is_opted_out,
        }

    def _label(self, name):
        return dict(self._fields[name]._description_selection(self.env)).get(self[name], "")
