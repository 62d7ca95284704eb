from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import split_every

BATCH_SIZE = 500
# The ledger of consents refuses every other deletion.
ERASING = {"omnichannel_erase_consent": True}
# Where a file of a message may be stored; any other belongs to another record.
OF_MESSAGES = (False, "discuss.channel", "mail.message", "mail.compose.message")


class OmnichannelPrivacy(models.AbstractModel):
    """Erasing a person: one transaction, all or nothing."""

    _inherit = "omnichannel.privacy"

    @api.model
    def _count(self, partner):
        """Return {section: rows that an erasure would delete}, without the empty ones."""
        person = self._person(partner)
        counts = {
            section.name: person.partner.env[section.model].search_count(section.domain)
            for section in self._privacy_sections(person)
            if section.is_erased
        }
        counts["files"] = sum(1 for _attachment in self._files(person))
        counts["leads"] = len(self._leads(person))
        counts["origins"] = len(self._origins(person))
        return {name: count for name, count in counts.items() if count}

    @api.model
    def _erase(self, partner):
        """Forget everything about a person; return {what: how many} of what was done.

        Locks the conversations. Does not commit: it is one transaction, and a message that is
        coming in at this moment makes one of the two repeat. Who writes afterwards is a stranger.
        Raise UserError for our own people, and AccessError as `_person` does.
        """
        person = self._person(partner)
        self._check_erasable(person)
        if person.conversations:
            person.conversations._lock()
        done = self._count(partner)
        done["suppressions"] = self.env["omnichannel.suppression"].sudo()._keep(person.identities)
        done["recordings"] = self._count_recordings(person)
        done["blacklisted"] = self._count_blacklisted(person)
        leads, origins = self._leads(person), self._origins(person)
        self._leave_shared(person)
        self._delete_stream(person)
        for section in reversed(self._privacy_sections(person)):
            if section.is_erased:
                self._delete(person.partner.env[section.model].search(section.domain))
        self._anonymise_leads(leads)
        done["is_deleted"] = self._forget_partner(person.partner, leads)
        for origin in origins:
            # what another app needs may be somebody else's, linked by mistake
            if not self._is_needed(origin, self._leads_of(origin.omnichannel_conversation_ids)):
                self._erase(origin.with_env(self.env))
        self._log("erase", done)
        return done

    @api.model
    def _log(self, action, counts):
        # sudo: the log is written by nothing else
        self.env["omnichannel.privacy.log"].sudo().create(
            {"action": action, "user_id": self.env.uid, "counts": counts}
        )

    def _check_erasable(self, person):
        partner = person.partner
        companies = partner.env["res.company"].search([("partner_id", "=", partner.id)])
        if companies or partner.user_ids.filtered("active"):
            raise UserError(
                self.env._(
                    "This is the record of a user or of one of your own companies. Archive or "
                    "delete the user first."
                )
            )

    # === ROWS === #

    def _leave_shared(self, person):
        """Take the person out of the addresses that others use too."""
        for identity in person.shared:
            identity.candidate_ids -= person.partner
            if identity.partner_id == person.partner:
                identity.partner_id = False

    def _delete_stream(self, person):
        """Delete what stands in the threads, with its files; our messages go with it.

        Agents who look at the thread see it disappear.
        """
        domain = self._stream_domain(person)
        self._delete(person.partner.env["mail.message"].search(domain))
        own = person.partner.env["omnichannel.message"].search(self._message_domain(person))
        self._delete(own.mail_message_id)  # what stood elsewhere
        channels = person.conversations.channel_id
        person.conversations.channel_id = False
        channels.unlink()
        person.conversations._push_inbox()

    def _delete(self, records):
        """Delete rows with the e-mails and files that belong to them, no more than some at once."""
        records = records.with_context(**ERASING)
        mails = [
            name for name, field in records._fields.items() if field.comodel_name == "mail.mail"
        ]
        for ids in split_every(BATCH_SIZE, records.ids):
            batch = records.browse(ids).exists()
            if batch._name == "mail.message":
                files = batch.attachment_ids
                files.filtered(lambda file: file.res_model in OF_MESSAGES).unlink()
            for name in mails:
                batch[name].unlink()
            batch.unlink()

    # === FOR THE ADMINISTRATOR === #

    def _count_recordings(self, person):
        domain = [
            ("message_id", "any", self._message_domain(person)),
            ("recording_url", "!=", False),
        ]
        return person.partner.env["omnichannel.call"].search_count(domain)

    def _count_blacklisted(self, person):
        """Return on how many of Odoo's own blacklists the addresses stand."""
        env, by_kind = person.partner.env, person.identities.grouped("kind")
        values = {
            kind: by_kind[kind].mapped("value") if kind in by_kind else []
            for kind in ("email", "phone")
        }
        mails = env["mail.blacklist"].search_count([("email", "in", values["email"])])
        return mails + env["phone.blacklist"].search_count([("number", "in", values["phone"])])
