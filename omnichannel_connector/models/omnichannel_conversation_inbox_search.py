import ast

from odoo import api, models
from odoo.fields import Command

INBOX = "omnichannel_inbox"  # the key in the context of a favorite


class OmnichannelConversation(models.Model):
    """Searches that somebody saved in the inbox.

    They are favorites of Odoo's own: the lists of conversations offer them as well.
    """

    _inherit = "omnichannel.conversation"

    @api.model
    @api.readonly
    def get_inbox_searches(self):
        """Return the user's own saved searches: [{id, name, box, search, channels}]."""
        self.check_access("read")
        found = self.env["ir.filters"].search(
            [
                ("model_id", "=", self._name),
                ("user_ids", "in", [self.env.uid]),
                ("context", "like", INBOX),
            ]
        )
        return [
            {"id": saved.id, "name": saved.name, **ast.literal_eval(saved.context)[INBOX]}
            for saved in found
            if saved.user_ids == self.env.user
        ]

    @api.model
    def save_inbox_search(self, name, box, search="", channels=()):
        """Save a search under a name, in place of an own one of this name.

        Return the saved searches. Raise ValueError for a box that this user does not have.
        """
        values = {"box": box, "search": search, "channels": list(channels)}
        saved = {
            "name": name,
            "model_id": self._name,
            "user_ids": [Command.set([self.env.uid])],
            "domain": repr(list(self._inbox_domain(**values))),
            "context": repr({INBOX: values}),
        }
        same = [known["id"] for known in self.get_inbox_searches() if known["name"] == name]
        filters = self.env["ir.filters"].browse(same[:1])
        filters.write(saved) if filters else filters.create(saved)
        return self.get_inbox_searches()

    @api.model
    def delete_inbox_search(self, search_id):
        """Forget a saved search of the user's own. Return what is left."""
        own = {known["id"] for known in self.get_inbox_searches()}
        self.env["ir.filters"].browse(own & {search_id}).unlink()
        return self.get_inbox_searches()
