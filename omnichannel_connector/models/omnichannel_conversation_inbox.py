from datetime import datetime

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

SUPERVISOR = "omnichannel_connector.omnichannel_group_supervisor"
# "99+" is all that anybody wants to know, and what a count may cost
MOST_COUNTED = 100
MOST = 100  # rows of one request


class OmnichannelConversation(models.Model):
    """The inbox: which conversations stand in which box, newest first, page by page.

    Everything is read with the user's own rights, in a number of queries that does not grow with
    the rows.
    """

    _inherit = "omnichannel.conversation"

    # what is open and waits for somebody; what is not open, by its state
    _waiting_idx = models.Index("(waiting_for, last_message_at DESC, id DESC) WHERE state = 'open'")
    _team_idx = models.Index("(team_id, last_message_at DESC, id DESC) WHERE state = 'open'")
    _done_idx = models.Index("(state, last_message_at DESC, id DESC) WHERE state != 'open'")

    @api.model
    @api.readonly
    def get_inbox(self, box, search="", channels=(), before=None, limit=40):
        """Return a page of a box: {rows, next} and, on the first page, counts.

        `search` finds customers by name, address or handle, `channels` are codes of the channels
        by which they were last in touch. `next` is what to give as `before` for the page after
        this one, or False. `counts` is {box: number}; MOST_COUNTED means that many or more. Raise
        ValueError for a box that this user does not have.
        """
        limit = max(1, min(limit, MOST))
        domain = self._inbox_domain(box, search, channels)
        if before:
            domain &= self._before_domain(*before)
        found = self.search(domain, limit=limit + 1)
        page = found[:limit]
        rows = page._to_inbox_rows()
        is_more = len(found) > limit
        result = {"rows": rows, "next": [rows[-1]["lastAt"], rows[-1]["id"]] if is_more else False}
        return result if before else {**result, "counts": self._inbox_counts()}

    @api.model
    @api.readonly
    def get_inbox_rows(self, ids, box, search="", channels=()):
        """Return {rows, counts} after these conversations changed: those of them in the box.

        At most MOST of them; who has more to ask for reads the first page again.
        """
        domain = self._inbox_domain(box, search, channels) & Domain("id", "in", list(ids)[:MOST])
        return {"rows": self.search(domain)._to_inbox_rows(), "counts": self._inbox_counts()}

    @api.model
    @api.readonly
    def get_inbox_setup(self):
        """Return what the inbox shows around its rows.

        {boxes: codes in their order, channels: [{code, label}] that there are accounts of,
        searches: as `get_inbox_searches`, canConfigure}
        """
        labels = dict(self._get_channels())
        groups = self.env["omnichannel.account"]._read_group([], ["channel"])
        codes = sorted((code for (code,) in groups), key=lambda code: labels.get(code, code))
        return {
            "boxes": list(self._inbox_boxes()),
            "channels": [{"code": code, "label": labels.get(code, code)} for code in codes],
            "searches": self.get_inbox_searches(),
            "canConfigure": self.env["omnichannel.account"].has_access("create"),
        }

    # === BOXES === #

    @api.model
    def _inbox_boxes(self):
        """Return {box: domain} in the order in which they are shown. To be extended.

        The own teams stand in it by their ids, as in `_visible_domain`.
        """
        user = self.env.user.with_context(active_test=False)
        is_open = Domain("state", "=", "open")
        boxes = {
            "mine": is_open & Domain("user_id", "=", self.env.uid),
            "unassigned": is_open & Domain("user_id", "=", False),
            "my_teams": is_open & Domain("team_id", "in", user.omnichannel_team_ids.ids),
            "waiting_us": is_open & Domain("waiting_for", "=", "us"),
            "waiting_customer": is_open & Domain("waiting_for", "=", "customer"),
            "snoozed": Domain("state", "=", "snoozed"),
            "closed": Domain("state", "=", "closed"),
        }
        if self.env.user.has_group(SUPERVISOR):
            boxes["all"] = is_open
        return boxes

    @api.model
    def _inbox_domain(self, box, search="", channels=()):
        """Return what stands in a box; who searches may look everywhere, too: box "any"."""
        boxes = self._inbox_boxes()
        if search:
            boxes["any"] = Domain.TRUE
        if box not in boxes:
            raise ValueError(f"No such box: {box}")
        domain = self._inbox_shown() & boxes[box]
        if search:
            domain &= Domain("partner_id.omnichannel_address", "ilike", search) | Domain(
                "partner_id.complete_name", "ilike", search
            )
        return domain & Domain("last_channel", "in", list(channels)) if channels else domain

    @api.model
    def _inbox_shown(self):
        """Return what may stand in a box at all: where something was said, and still is."""
        return Domain("last_message_at", "!=", False) & Domain("moved_to_id", "=", False)

    def _before_domain(self, moment, conversation_id):
        """Return what comes after a row, as it was when it was read.

        The database's own comparison of both: it is to the microsecond, and begins to read the
        index there.
        """
        key = (datetime.fromisoformat(moment), int(conversation_id))
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "(%s, %s) < %s",
                SQL.identifier(alias, "last_message_at"),
                SQL.identifier(alias, "id"),
                key,
            )
        )

    @api.model
    def _inbox_counts(self):
        """Return {box: how many stand in it}, up to MOST_COUNTED, in one query.

        In the order of the rows: so their indexes are read, and not what was closed long ago.
        """
        boxes = self._inbox_boxes()
        shown = self._inbox_shown()
        found = [
            self._search(shown & domain, limit=MOST_COUNTED, order=self._order)
            for domain in boxes.values()
        ]
        counts = [SQL("(SELECT COUNT(*) FROM %s AS box)", query.subselect()) for query in found]
        (row,) = self.env.execute_query(SQL("SELECT %s", SQL(", ").join(counts)))
        return dict(zip(boxes, row, strict=True))
