import math
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

# How unlikely a silence has to be, were nothing wrong, to be a warning or an error. With n
# customers expected, nobody writes by chance with the probability e^-n (Poisson): 7 customers are
# expected for the warning, 14 for the error.
UNLIKELY = (1e-3, 1e-6)
WEEKS = 4
ENOUGH_WEEKS = 3  # of data, and somebody wrote at this hour in each of them
LONGEST = timedelta(days=7)  # longer windows would overlap with the weeks they are compared with


class OmnichannelAccount(models.Model):
    """The silence alarm: a webhook that broke without an error shows in nothing but silence."""

    _inherit = "omnichannel.account"

    def _find_silence(self):
        """Yield a finding when nobody wrote for much longer than usual at these hours.

        Compares the time since the last event with the same hours of the same weekdays in the
        four weeks before. Counts customers and not events: who writes ten lines is one arrival,
        and arrivals of people who know nothing of each other are what Poisson's formula is about.
        Events that we found ourselves do not count: they came by no webhook.
        """
        counts, since = self._silence_counts()
        if len(counts) < ENOUGH_WEEKS or not all(counts):
            return
        expected = sum(counts) / len(counts)
        chance = math.exp(-expected)
        warning, error = UNLIKELY
        if chance <= warning:
            values = {"since": fields.Datetime.to_string(since), "count": round(expected)}
            yield "error" if chance <= error else "warning", "silence", values

    def _silence_counts(self):
        """Return ([customers in the same hours of each known week before], since when)."""
        now = fields.Datetime.now()
        first, last = self._event_span()
        if not last:
            return [], None
        start = max(last, now - LONGEST)
        shifts = [timedelta(weeks=week) for week in range(1, WEEKS + 1)]
        known = [shift for shift in shifts if start - shift >= first]
        return [self._customers_between(start - shift, now - shift) for shift in known], last

    def _event_span(self):
        """Return when the first and the last event came by webhook, as far as they are kept."""
        return self.env.execute_query(
            SQL(
                """
                SELECT min(received_at), max(received_at)
                  FROM omnichannel_event
                 WHERE account_id = %s AND payload->'recovered' IS NULL
                   AND payload->'profile' IS NULL
                """,
                self.id,
            )
        )[0]

    def _customers_between(self, start, end):
        """Return how many customers an index scan finds between two moments."""
        return self.env.execute_query(
            SQL(
                """
                SELECT count(DISTINCT customer)
                  FROM omnichannel_event
                 WHERE account_id = %s AND received_at > %s AND received_at <= %s
                   AND payload->'recovered' IS NULL AND payload->'profile' IS NULL
                """,
                self.id,
                start,
                end,
            )
        )[0][0]
