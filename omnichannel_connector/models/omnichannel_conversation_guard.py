from odoo import models
from odoo.exceptions import AccessError

# what people hand on; whose a conversation is and what is in it, the methods that keep it true do
HANDED_ON = {"user_id", "team_id", "speaker_id"}


class OmnichannelConversation(models.Model):
    """What agents may not rewire, though they may write conversations."""

    _inherit = "omnichannel.conversation"

    def write(self, vals):
        """Write; refuse people what leads to other records.

        Whoever could give a conversation another thread would become a member of that one with
        the next assignment.
        """
        if not self.env.su:
            wired = [name for name in vals if self._is_wired(name)]
            if wired:
                raise AccessError(
                    self.env._("These fields are kept by the program: %(names)s", names=wired)
                )
        return super().write(vals)

    def _is_wired(self, name):
        field = self._fields.get(name)
        return bool(field and field.relational and name not in HANDED_ON)
