"""Whatever is linked, unlinked, merged and written in between: nothing is lost or misplaced.

Random sequences of what people do are done in the real world and, without the links, in a twin
world. Once all links are undone both have to be the same.

Another part of the customer record joins in with an entry in OPERATIONS, a method `_do_<name>`
that does it and tells whether it could be done, and what has to be equal in `_facts`.
"""

import logging
import os
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..channels.events import InboundEvent, Kind
from ..models.omnichannel_consent import BOTH, MARKETING
from ..models.omnichannel_event_process import Incoming
from .link_common import CLOCKS, LinkCase

_logger = logging.getLogger(__name__)

SEQUENCES = int(os.environ.get("SEQUENCES", "0"))
DEFAULT_SEQUENCES = 40
PEOPLE = ("P0", "P1", "P2", "P3")
OWN_PHONE, SHARED_PHONE = "+12025550100", "+12025550101"
# (kind, value): of a record, of two records, of strangers
ADDRESSES = (
    ("phone", OWN_PHONE),
    ("phone", SHARED_PHONE),
    ("phone", "+12025550102"),
    ("instagram", "900000000000001"),
    ("instagram", "900000000000002"),
    ("email", "p1@example.com"),
    ("email", "p2@example.com"),
)
WRITING = ADDRESSES[:5]
CHANNELS = {"phone": "sms", "instagram": "instagram"}
START = datetime(2030, 1, 1, tzinfo=timezone.utc)

address, writer, person = map(st.sampled_from, (ADDRESSES, WRITING, PEOPLE))
number = st.integers(0, 9)
OPERATIONS = {
    "inbound": (writer, st.booleans(), st.booleans()),
    "answer": (writer,),
    "outcome": (number, st.sampled_from(["failed", "delivered"])),
    "note": (person,),
    "link": (address, number),
    "undo": (number,),
    "merge": (number, number),
    "change": (person, st.sampled_from(["p1@example.com", "p9@example.com", False])),
    "reject": (address, person),
    "consent": (writer, st.sampled_from(BOTH), st.sampled_from(["granted", "refused"])),
}
OFTEN = ("inbound",) * 4 + ("answer",) * 2 + ("outcome",) * 2 + ("link",) * 5 + ("undo",) * 4
LINKING = ("link", "undo", "reject")  # what the twin world does not do
steps = st.one_of(*(st.tuples(st.just(name), *OPERATIONS[name]) for name in (*OPERATIONS, *OFTEN)))


class Model:
    """Whose each address is, told without looking at the code under test."""

    def __init__(self):
        self.home = {("phone", OWN_PHONE): "P0"}
        self.links = []  # [address, target, is in force]
        self.merged = {}

    def name(self, label):
        while label in self.merged:
            label = self.merged[label]
        return label

    def owner(self, key):
        targets = [target for of, target, in_force in self.links if of == key and in_force]
        label = targets[-1] if targets else self.home.get(key)
        return label and self.name(label)


@tagged("-at_install", "post_install")
class TestLinkProperty(LinkCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        for name in ("_push_header", "_push_inbox", "_push_moved"):  # screens have their own tests
            cls.classPatch(
                type(cls.env["omnichannel.conversation"]), name, lambda conversation, *args: None
            )
        values = {
            "P0": {"phone": OWN_PHONE},
            "P1": {"email": "p1@example.com", "phone": SHARED_PHONE},
            "P2": {"email": "p2@example.com", "phone": SHARED_PHONE},
            "P3": {},
        }
        cls.people = cls.env["res.partner"].create(
            [{"name": name, **values[name]} for name in PEOPLE]
        )
        cls.began = time.monotonic()
        cls.accounts = {"phone": cls.sms, "instagram": cls.instagram}

    # === THE TWO WORLDS === #

    @contextmanager
    def _world(self):
        """Begin as the test began, and leave nothing behind."""
        savepoint = self.env.cr.savepoint()
        self.model, self.number, self.done = Model(), 0, []
        self.rejected = self.env["omnichannel.suggestion"]
        self.said = {}  # (address, purpose) -> the last word
        type(self).examples += 1
        try:
            # so that a link of these two restricts the first
            self._do_consent(("phone", OWN_PHONE), MARKETING, "granted")
            self._do_consent(("phone", SHARED_PHONE), MARKETING, "refused")
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    examples = 0

    @settings(
        max_examples=SEQUENCES or DEFAULT_SEQUENCES,
        derandomize=not SEQUENCES,
        phases=[Phase.generate],  # the sequences are short, and shrinking takes minutes
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        sequence=st.lists(steps, min_size=2, max_size=12), order=st.randoms(use_true_random=False)
    )
    def test_undone_links_leave_no_trace(self, sequence, order):
        """A message that stays with the wrong customer is shown to, and answered, the wrong one."""
        with self._world():
            for self.number, step in enumerate(sequence):
                self.done.append(self._do(step))
                self._check_world()
            done = self.done
            links = list(self._links().filtered(lambda link: link.state == "linked"))
            order.shuffle(links)
            for link in links:
                self._undo(link)
            real = self._facts()
        with self._world():
            for self.number, step in enumerate(sequence):
                if done[self.number] and step[0] not in LINKING:
                    self.assertTrue(self._do(step), step)
            twin = self._facts()
        self.maxDiff = None
        self.assertEqual(real, twin)

    @classmethod
    def tearDownClass(cls):
        _logger.info("%s worlds in %.0f s", cls.examples, time.monotonic() - cls.began)
        super().tearDownClass()

    def _do(self, step):
        """Do what a step says and return whether it could be done."""
        is_done = getattr(self, f"_do_{step[0]}")(*step[1:])
        self.env.flush_all()
        return is_done

    # === WHAT PEOPLE DO === #

    def _receive_one(self, key, is_echo=False, is_late=False, is_automatic=False):
        kind, value = key
        moment = START + timedelta(minutes=self.number - (5 if is_late else 0))
        inbound = InboundEvent(
            kind=Kind.MESSAGE,
            identity=value,
            external_id=f"m{self.number}",
            occurred_at=moment,
            text=f"m{self.number}",
            is_echo=is_echo,
        )
        account = self.accounts[kind]
        item = Incoming(None, account, inbound, is_automatic=is_automatic)
        self.env["omnichannel.conversation"]._receive([item])
        if not self.model.home.get(key):
            self.model.home[key] = self._name_of_stranger(key)
        return True

    def _name_of_stranger(self, key):
        return self.env["omnichannel.identity"]._stranger_name(*key)

    def _do_inbound(self, key, is_late, is_automatic):
        return self._receive_one(key, is_late=is_late, is_automatic=is_automatic)

    def _do_answer(self, key):
        return self._receive_one(key, is_echo=True)

    def _do_outcome(self, number, state):
        """The provider tells what became of an answer."""
        answers = self.env["omnichannel.message"].search(
            [("direction", "=", "outbound")], order="external_id"
        )
        return bool(answers) and answers[number % len(answers)]._advance_foreign(state)

    def _do_note(self, label):
        partner = self._partner(label)
        conversation = self.env["omnichannel.conversation"]._for_partners(
            self.env.company, partner
        )[partner]
        if conversation.moved_to_id:
            return False
        conversation._ensure_channels()
        self._note(conversation, f"n{self.number}")
        return True

    def _do_link(self, key, number):
        identity, label = self._identity(*key), self._label(number)
        if not self._find_partner(label):
            return False
        try:
            links = identity._link(self._partner(label), "staff")
        except UserError:
            return False
        for link in links:
            self.model.links.append([key, label, True])
            self.assertEqual(link.state, "linked")
        return bool(links)

    def _do_undo(self, number):
        links = self._links()
        if len(links) != len(self.model.links):
            return False
        if not links:
            return False
        index = number % len(links)
        links[index]._undo()
        self.model.links[index][2] = False
        return True

    def _do_merge(self, first, second):
        source, target = self._label(first), self._label(second)
        if source == target or not (self._find_partner(source) and self._find_partner(target)):
            return False
        self._merge(self._partner(source) | self._partner(target), self._partner(target))
        self.model.merged[source] = target
        # Odoo keeps one number of each: the shared one may be on one record only from now on
        carriers = self.env["res.partner"].search([("phone", "=", SHARED_PHONE)])
        if len(carriers) == 1:
            self.model.home.setdefault(("phone", SHARED_PHONE), carriers.name)
        return True

    def _do_change(self, label, email):
        self._partner(label).email = email
        return True

    def _do_reject(self, key, label):
        identity, partner = self._identity(*key), self._partner(label)
        if not identity or identity.partner_id == partner:
            return False
        suggestions = self.env["omnichannel.suggestion"]
        suggestions._propose(identity, partner, "name", 20)
        found = suggestions.search(
            [("identity_id", "=", identity.id), ("partner_id", "=", partner.id)]
        )
        if found.state == "open":
            found.action_reject()
            self.rejected |= found
        return True

    def _do_consent(self, key, purpose, state):
        identity = self._identity(*key)
        if not identity:
            return False
        moment = (START + timedelta(minutes=self.number)).replace(tzinfo=None)
        self.env["omnichannel.consent"]._record(
            identity, CHANNELS[key[0]], [purpose], state, "keyword", occurred_at=moment
        )
        self.said[key, purpose] = state
        return True

    # === WHO IS WHO === #

    def _label(self, number):
        """Return the name of somebody there is: one of the people, or who wrote first."""
        strangers = [self._name_of_stranger(key) for key in WRITING]
        labels = [*PEOPLE, *(label for label in strangers if label in self.model.home.values())]
        return self.model.name(labels[number % len(labels)])

    def _find_partner(self, label):
        """Return who has this name: nobody, while an address of nobody is linked to somebody."""
        partners = self.env["res.partner"].with_context(active_test=False)
        return partners.search([("name", "=", self.model.name(label))])

    def _partner(self, label):
        found = self._find_partner(label)
        self.assertEqual(len(found), 1, label)
        return found.with_context(active_test=True)

    # === WHAT HAS TO HOLD === #

    def _check_world(self):
        """Every message stands with its address's owner, whoever that is at this moment."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT m.external_id, i.kind, i.value, p.name,
                       i.partner_id = c.partner_id AND mail.res_id = c.channel_id
                       AND (m.direction = 'outbound' OR mail.author_id = c.partner_id)
                       AND c.moved_to_id IS NULL
                  FROM omnichannel_message AS m
                  JOIN omnichannel_identity AS i ON i.id = m.identity_id
                  JOIN omnichannel_conversation AS c ON c.id = m.conversation_id
                  JOIN res_partner AS p ON p.id = c.partner_id
                  JOIN mail_message AS mail ON mail.id = m.mail_message_id
                """
            )
        )
        self.assertFalse(self.rejected.exists().filtered(lambda s: s.state != "rejected"))
        for external_id, kind, value, name, is_consistent in rows:
            self.assertEqual(name, self.model.owner((kind, value)), external_id)
            self.assertTrue(is_consistent, external_id)

        self._check_consent()

    def _check_consent(self):
        """Of one customer's addresses of a kind the strictest counts for offers, none for service.

        Nothing is copied: a link restricts, and its undoing restores.
        """
        for (kind, value), purpose in self.said:
            identity = self._identity(kind, value)
            words = {self.said.get(((kind, value), purpose))}
            is_refused = "refused" in words
            if purpose == MARKETING:
                words |= {
                    self.said.get(((kind, other.value), purpose))
                    for other in identity.partner_id.omnichannel_identity_ids
                    if other.kind == kind
                }
                is_granted = self.said[(kind, value), purpose] == "granted"
                is_refused = "refused" in words or not is_granted
            refusal = identity._refusal(CHANNELS[kind], purpose)
            self.assertEqual(bool(refusal), is_refused, (kind, value, purpose, refusal))

    def _facts(self):
        """Return what both worlds have to agree about."""
        self.env.invalidate_all()
        conversations = self.env["omnichannel.conversation"].search([])
        noted = [self._clocks(conversation) for conversation in conversations]
        conversations._derive_clocks()
        self.assertEqual([self._clocks(conversation) for conversation in conversations], noted)
        shown = conversations.filtered("message_ids")
        for conversation in conversations - shown:
            self.assertFalse(any(self._clocks(conversation).values()))
        return {
            "threads": {c.partner_id.name: self._texts(c) for c in conversations if self._texts(c)},
            "authors": {m.external_id: m.mail_message_id.author_id.name for m in shown.message_ids},
            "clocks": {c.partner_id.name: self._facts_of_clocks(c) for c in shown},
            "states": {c.partner_id.name: (c.state, c.moved_to_id.ids) for c in shown},
            "owners": {
                (i.kind, i.value): (i.partner_id.name, i.is_shared, i.trust, i.home_partner_id.ids)
                for i in self.env["omnichannel.identity"].search([])
            },
            "consent": {
                (key, purpose): self._identity(*key)._refusal(CHANNELS[key[0]], purpose)
                for key, purpose in self.said
            },
            "leads": sorted(
                (lead.name, lead.partner_id.name, lead.omnichannel_conversation_id.partner_id.name)
                for lead in self.env["crm.lead"].search(
                    [("omnichannel_conversation_id", "!=", False)]
                )
            ),
            "archived": sorted(
                self.env["res.partner"]
                .search([("active", "=", False), ("omnichannel_identity_ids", "!=", False)])
                .mapped("name")
            ),
        }

    def _facts_of_clocks(self, conversation):
        values = self._clocks(conversation)
        values["last_inbound_identity_id"] = values["last_inbound_identity_id"].value
        return [values[name] for name in CLOCKS]
