import logging

from odoo import models

from ..assistant.endpoint import EndpointError, complete
from ..assistant.prompt import MOST_MESSAGES, TASKS, Said, answer_text, payload
from .omnichannel_message import LOST

_logger = logging.getLogger(__name__)


class OmnichannelConversation(models.Model):
    """Summaries and drafts of a writing service, when the company uses one.

    Asked for by a person, who gets plain text and decides what becomes of it. The controller calls
    these one after the other, so that nothing is locked while the service thinks.
    """

    _inherit = "omnichannel.conversation"

    def _prepare_writing(self, task):
        """Return (endpoint, payload) of a task, with no more than the user may read.

        Only messages of this conversation: no notes, no other customer. Without a service, or
        while it is paused, (none, None).
        """
        self.ensure_one()
        self.check_access("write" if task == "draft" else "read")
        endpoint = self.env["omnichannel.endpoint"]._of(self.company_id)
        if task not in TASKS or not endpoint or endpoint._is_paused():
            return endpoint.browse(), None
        said = [
            Said(row["direction"] == "outbound", row["text"])
            for row in self._read_thread(with_notes=False)
            if row["state"] not in LOST and not row["is_call"]
        ][-MOST_MESSAGES:]
        return endpoint, payload(
            task, endpoint.model, said, self._writing_names(), endpoint.is_masked
        )

    def _writing_names(self):
        """Return what the text is masked of besides what looks like data: names of both sides."""
        # sudo: to take names out, whoever may read them
        conversation_sudo = self.sudo()
        identities = conversation_sudo.partner_id.omnichannel_identity_ids
        messages = conversation_sudo.message_ids[:MOST_MESSAGES].mail_message_id
        return [
            conversation_sudo.partner_id.name,
            conversation_sudo.partner_id.street,
            *identities.mapped("username"),
            *identities.partner_id.mapped("name"),
            *messages.author_id.mapped("name"),
        ]

    def _writing_hint(self, code):
        """Return the sentence that says why there is no text, and what to do instead."""
        reasons = {
            "busy": self.env._("The writing service has too much to do."),
            "slow": self.env._("The writing service took too long."),
            "paused": self.env._("The writing service is off, or failed a moment ago."),
        }
        reason = reasons.get(code) or self.env._("The writing service did not answer as it should.")
        return self.env._("%(reason)s Go on without it, or try again in a minute.", reason=reason)

    @staticmethod
    def _ask_writing(server, body, seconds):
        """Return (text, "") or ("", code of the failure). Does network: no transaction is open."""
        try:
            text = answer_text(complete(server, body, seconds))
        except EndpointError as error:
            _logger.warning("The writing service failed: %s", error.code)
            return "", error.code
        return text, "" if text else "unreadable"
