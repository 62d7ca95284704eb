from odoo import api, models


class OmnichannelConversation(models.Model):
    """What the web client shows beside a thread: who this is, and what there is of them."""

    _inherit = "omnichannel.conversation"

    @api.readonly
    def get_panel(self):
        """Return {section: values} of the panel beside the thread, with the user's own rights."""
        self.ensure_one()
        self.check_access("read")
        return self._prepare_panel()

    def _prepare_panel(self):
        """Return the sections. To be extended: each section has its component in the client."""
        return {}
