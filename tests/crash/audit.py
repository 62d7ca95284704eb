"""What must be true after all the crashes, checked against the sandbox's own record."""

import re
from collections import Counter, defaultdict
from itertools import combinations, pairwise

SENT = {"sent", "delivered", "read"}
MESSAGES = """
    SELECT message.external_id, message.direction, message.state, message.conversation_id,
           message.occurred_at, event.received_at, mail.body, identity.value
      FROM omnichannel_message message
      JOIN mail_message mail ON mail.id = message.mail_message_id
      JOIN omnichannel_identity identity ON identity.id = message.identity_id
 LEFT JOIN omnichannel_event event
        ON event.account_id = message.account_id
       AND event.key = 'message:' || message.external_id
  ORDER BY message.mail_message_id
"""
NAMES = (
    "external_id",
    "direction",
    "state",
    "conversation",
    "occurred_at",
    "received_at",
    "text",
    "address",
)
PEOPLE = """
    SELECT identity.value, identity.partner_id, conversation.id
      FROM omnichannel_identity identity
 LEFT JOIN omnichannel_conversation conversation USING (partner_id)
"""


class Audit:
    """Compares what Odoo has with what the sandbox has. Each check returns complaints."""

    def __init__(self, traffic):
        self.traffic = traffic
        self.odoo = traffic.odoo
        self.written = [  # by customers
            message for message in self._at_sandbox() if message.source == "customer"
        ]
        self.arrived = [message for message in self._at_sandbox() if message.source == "api"]
        rows = [dict(zip(NAMES, row, strict=True)) for row in self.odoo.sql(MESSAGES)]
        for row in rows:
            row["text"] = re.sub(r"<[^>]*>", "", row["text"]).strip()
        self.inbound = [row for row in rows if row["direction"] == "inbound"]
        self.outbound = [row for row in rows if row["direction"] == "outbound"]

    def _at_sandbox(self):
        with self.traffic.sandbox.state.lock:
            messages = list(self.traffic.sandbox.state.messages.values())
        return sorted(messages, key=lambda message: message.at)

    def complaints(self):
        """Return all that is wrong, empty when nothing is."""
        checks = (
            self.inbound_is_there_once,
            self.nothing_else_is_in_the_threads,
            self.outbound_arrived_once,
            self.outbound_states_are_true,
            self.what_agents_were_told_is_kept,
            self.inbound_order_is_kept,
            self.outbound_order_is_kept,
            self.each_customer_is_one,
            self.nothing_failed,
            self.the_log_is_discreet,
        )
        return [f"{check.__name__}: {text}" for check in checks for text in check()]

    # === CHECKS === #

    def inbound_is_there_once(self):
        """Every message of a customer stands in a thread of theirs, once, as they wrote it."""
        found = defaultdict(list)
        for row in self.inbound:
            found[row["external_id"]].append(row)
        for message in self.written:
            rows = found.pop(message.id, [])
            if len(rows) != 1:
                yield f"{message.text!r} is there {len(rows)} times"
            elif rows[0]["text"] != message.text:
                yield f"{message.text!r} became {rows[0]['text']!r}"
            elif rows[0]["address"] not in self._addresses(message.customer):
                yield f"{message.text!r} is in a stranger's thread"
        for external_id in found:
            yield f"nobody wrote {external_id}"

    def _addresses(self, customer):
        return {
            value
            for person in self.traffic.people
            if person["id"] == customer
            for value in (person["igsid"], person["number"])
        }

    def nothing_else_is_in_the_threads(self):
        """A text is in all threads together as often as it was written."""
        texts = Counter(row["text"] for row in (*self.inbound, *self.outbound))
        yield from (f"{text!r} is there {n} times" for text, n in texts.items() if n > 1)
        threads = "model = 'discuss.channel' AND message_type = 'comment'"
        ((bubbles,),) = self.odoo.sql(f"SELECT count(*) FROM mail_message WHERE {threads}")  # noqa: S608
        if bubbles != sum(texts.values()):
            yield f"{bubbles} bubbles, but {sum(texts.values())} messages"

    def outbound_arrived_once(self):
        """No customer has read the same answer twice."""
        texts = Counter(message.text for message in self.arrived)
        yield from (f"{text!r} arrived {n} times" for text, n in texts.items() if n > 1)

    def outbound_states_are_true(self):
        """What is marked as sent arrived, and what is not did not."""
        arrived = {message.text: message for message in self.arrived}
        for row in self.outbound:
            message = arrived.pop(row["text"], None)
            if (row["state"] in SENT) != (message is not None):
                yield f"{row['text']!r} is {row['state']}, but {'' if message else 'not '}there"
            elif row["state"] not in SENT | {"unknown"}:
                yield f"{row['text']!r} is {row['state']}"
            elif message and not self._is_theirs(message, row):
                yield f"{row['text']!r} went to somebody else"
        yield from (f"nobody in Odoo wrote {text!r}" for text in arrived)

    def _is_theirs(self, message, row):
        return row["address"] in self._addresses(message.customer)

    def what_agents_were_told_is_kept(self):
        """An answer that Odoo confirmed to the agent exists."""
        texts = {row["text"] for row in self.outbound}
        for answer in self.traffic.answers:
            if answer.is_kept and answer.text not in texts:
                yield f"{answer.text!r} was confirmed and is gone"

    def inbound_order_is_kept(self):
        """What is older, and was there first, stands first."""
        threads = defaultdict(list)
        for row in self.inbound:
            threads[row["address"]].append(row)
        for rows in threads.values():
            for above, below in combinations(rows, 2):
                if all(below[clock] < above[clock] for clock in ("occurred_at", "received_at")):
                    yield f"{below['text']!r} stands below the newer {above['text']!r}"

    def outbound_order_is_kept(self):
        """Answers to one customer arrive in the order in which they were given."""
        position = {row["text"]: number for number, row in enumerate(self.outbound)}
        phones = defaultdict(list)
        conversations = {row["text"]: row["conversation"] for row in self.outbound}
        for message in self.arrived:
            phones[conversations.get(message.text)].append(message.text)
        for texts in phones.values():
            for earlier, later in pairwise(texts):
                if position.get(earlier, 0) > position.get(later, 0):
                    yield f"{earlier!r} arrived before {later!r}"

    def each_customer_is_one(self):
        """Parallel first messages and crashes made one partner and conversation of each person."""
        found = defaultdict(set)
        rows = self.odoo.sql(PEOPLE)
        for address, partner, conversation in rows:
            found[address].add((partner, conversation))
        if len(rows) != len(found):
            yield f"{len(rows)} rows for {len(found)} addresses"
        for person in self.traffic.people:
            mine = set()
            for address in (person["igsid"], person["number"]):
                mine |= found.get(address, set())
            if len(mine) != 1:
                yield f"{person['id']} has {len(mine)} records: {sorted(mine)}"

    def nothing_failed(self):
        """No event met an error of ours, or waits for a message that never came."""
        query = "SELECT key, error FROM omnichannel_event WHERE state IN ('failed', 'early')"
        for key, error in self.odoo.sql(query):
            yield f"event {key} failed: {(error or 'early').strip().splitlines()[-1]}"

    def the_log_is_discreet(self):
        """Logs name ids and codes: no texts, numbers, secrets, whatever broke."""
        shop, people = self.traffic.shop, self.traffic.people
        secrets = [shop.secret, f"token-{shop.suffix}", f"auth-{shop.suffix}"]
        words = [self.traffic.mark, *secrets, *(person["number"] for person in people)]
        lines = self.odoo.log_text().splitlines()
        for word in words:
            hits = [line for line in lines if word in line]
            if hits:
                yield f"{word!r} is in {len(hits)} lines of the log, as in {hits[0][:300]!r}"
