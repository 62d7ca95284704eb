from odoo import models


class OmnichannelConversation(models.Model):
    """By which ways PostgreSQL finds the first page of what an agent may see.

    tests/load/README.md tells what each of them saves.
    """

    _inherit = "omnichannel.conversation"

    # what is seen often: the newest are read one by one until the page is full
    _newest_idx = models.Index("(last_message_at DESC, id DESC)")
    # what is seen rarely: own, own teams' and free ones are found apart and put together
    _free_idx = models.Index("(team_id) WHERE user_id IS NULL")
