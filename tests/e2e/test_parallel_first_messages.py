"""Very many first messages of one person at once, while people work on the same contacts.

Nobody is doubled, nothing is lost or shown twice, each address has one conversation.
"""

import itertools
import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial

import pytest

from tests.e2e.test_two_nodes import FILES_IN_DATABASE, post
from tests.odoo_server import OdooServer, wait_for
from tests.shop import Shop

MESSAGES = 50
PARALLEL = 8  # with more, connections wait so long for two workers that providers give up
SEEDS = range(2)
FEWER_SEEDS = range(1)
MAIL_SHARE = 0.2  # Odoo takes long to read one
RECEIVED = """
    SELECT identity.value, identity.partner_id, identity.is_shared,
           message.conversation_id, conversation.partner_id, message.occurred_at,
           message.account_id, message.create_date, mail.body
      FROM omnichannel_message message
      JOIN mail_message mail ON mail.id = message.mail_message_id
      JOIN omnichannel_identity identity ON identity.id = message.identity_id
      JOIN omnichannel_conversation conversation ON conversation.id = message.conversation_id
     WHERE identity.value = ANY(%s)
  ORDER BY mail.id
"""
WAITING = "SELECT count(*) FROM omnichannel_event WHERE state = 'new'"
IDENTITIES = """
    SELECT value, partner_id, is_shared FROM omnichannel_identity
     WHERE value = ANY(%s) AND trust <> 'claimed'
"""


@pytest.fixture
def shop(odoo, sandbox):
    settings = sandbox.state.settings
    patience, settings.webhook_timeout = settings.webhook_timeout, 120
    running = Shop(odoo, sandbox)
    running.whatsapp = running.connect_whatsapp()
    yield running
    odoo.rpc("omnichannel.account", "write", [[running.whatsapp["id"]], {"active": False}])
    running.close()
    settings.webhook_timeout = patience


class Crowd:
    """One person who writes on several channels at once, and what became of it."""

    def __init__(self, shop, seed):
        self.shop, self.odoo = shop, shop.odoo
        self.dice = random.Random(seed)
        self.person = shop.customer("Ana")
        self.addresses = [self.person[name] for name in ("igsid", "number", "email")]
        self.numbers = itertools.count()
        self.partners_before = self._partners()

    # === WHAT HAPPENS ===

    def write(self, count, channels, *others):
        """Write so many messages at once, some by e-mail; let `others` do their work in between."""
        at = int(time.time() * 1000) - 60_000
        tasks = []
        for number in itertools.islice(self.numbers, count):
            is_mail = self.dice.random() < MAIL_SHARE
            channel = "email" if is_mail else self.dice.choice(channels)
            tasks.append(partial(self._send, channel, number, at + 100 * number))
        self.dice.shuffle(tasks)
        for other in others:
            tasks.insert(self.dice.randrange(len(tasks)), other)
        with ThreadPoolExecutor(PARALLEL) as pool:
            return [task.result() for task in [pool.submit(task) for task in tasks]]

    def _send(self, channel, number, at):
        text = f"Message {number}."
        if channel == "email":
            self.shop.mails(self.person, text)
            return
        values = {"on": "sms"} if channel == "sms" else {"timestamp": at}
        if channel == "whatsapp":
            values |= {"account": self.shop.whatsapp["sender"], "provider": "whatsapp"}
        answer = self.shop.writes(self.person, text, **values)
        assert answer["status"] == 200, answer

    def create_contact(self, **values):
        return self.odoo.rpc("res.partner", "create", [{"name": "Ana", **values}])

    def merge(self, partner_ids):
        """Merge contacts as a person does it in Odoo's wizard."""
        values = {"partner_ids": [(6, 0, partner_ids)], "dst_partner_id": partner_ids[0]}
        wizard = self.odoo.rpc("base.partner.merge.automatic.wizard", "create", [values])
        self.odoo.rpc("base.partner.merge.automatic.wizard", "action_merge", [[wizard]])

    # === WHAT BECAME OF IT ===

    def settle(self, count=MESSAGES):
        """Wait until everything is in a thread; check that it is there once and in order."""
        wait_for(lambda: self._is_settled(count), 120, lambda: f"{len(self._received())} came")
        rows = self._received()
        found = [int(re.search(r"Message (\d+)\.", row[-1])[1]) for row in rows]
        assert sorted(found) == list(range(count))
        # one transaction's messages have one create_date; what came later is shown later
        batches = {row[6:8] for row in rows}
        for batch in batches:
            shown = [row[5] for row in rows if row[6:8] == batch]
            assert shown == sorted(shown)
        return rows

    def _is_settled(self, count):
        return len(self._received()) >= count and self.odoo.sql(WAITING) == [(0,)]

    def identities(self):
        """Return {address: partner}: each address has one identity, each identity an owner."""
        rows = self.odoo.sql(IDENTITIES, [self.addresses])
        assert len({value for value, *_rest in rows}) == len(rows), rows
        return {value: partner_id for value, partner_id, _is_shared in rows}

    def threads(self, rows):
        """Return {address: conversation} and check that each belongs to the address's owner."""
        owners = self.identities()
        pairs = {(row[0], row[3]) for row in rows}
        assert len({value for value, _thread in pairs}) == len(pairs), pairs
        for value, owner, _is_shared, _thread, customer, *_rest in rows:
            assert owner == customer == owners[value]
        return dict(pairs)

    def new_partners(self):
        return self._partners() - self.partners_before

    def _partners(self):
        return {row[0] for row in self.odoo.sql("SELECT id FROM res_partner")}

    def _received(self):
        return self.odoo.sql(RECEIVED, [self.addresses])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_strangers_addresses_have_one_customer_and_one_conversation_each(shop, seed):
    crowd = Crowd(shop, seed)

    crowd.write(MESSAGES, ["instagram", "sms"])

    threads = crowd.threads(crowd.settle())
    assert len(set(threads.values())) == len(threads) == 3
    assert crowd.new_partners() == set(crowd.identities().values())
    assert len(crowd.new_partners()) == 3


@pytest.mark.parametrize("seed", SEEDS)
def test_a_known_person_gets_no_second_record_and_one_conversation(shop, seed):
    crowd = Crowd(shop, seed)
    known = crowd.create_contact(email=crowd.person["email"], phone=crowd.person["number"])

    crowd.write(MESSAGES, ["whatsapp", "sms"])

    threads = crowd.threads(crowd.settle())
    assert crowd.new_partners() == {known}
    assert len(threads) == 2  # addresses
    assert len(set(threads.values())) == 1


@pytest.mark.parametrize("seed", FEWER_SEEDS)
def test_a_contact_that_is_created_meanwhile_doubles_nobody(shop, seed):
    """Whoever comes first has the address; it is told apart by nobody's guess."""
    crowd = Crowd(shop, seed)
    values = {"email": crowd.person["email"], "phone": crowd.person["number"]}

    results = crowd.write(MESSAGES, ["sms", "whatsapp"], lambda: crowd.create_contact(**values))

    (created,) = filter(None, results)
    rows = crowd.settle()
    crowd.threads(rows)
    assert crowd.new_partners() == {created, *crowd.identities().values()}
    for _value, owner, is_shared, *_rest in rows:
        assert is_shared == (owner != created)


@pytest.mark.parametrize("seed", FEWER_SEEDS)
def test_a_number_that_is_entered_meanwhile_doubles_nobody(shop, seed):
    crowd = Crowd(shop, seed)
    known = crowd.create_contact(email=crowd.person["email"])
    values = {"phone": crowd.person["number"]}

    crowd.write(
        MESSAGES,
        ["sms", "whatsapp"],
        lambda: crowd.odoo.rpc("res.partner", "write", [[known], values]),
    )

    rows = crowd.settle()
    crowd.threads(rows)
    assert crowd.identities()[crowd.person["email"]] == known
    assert crowd.new_partners() == {known, *crowd.identities().values()}
    for _value, owner, is_shared, *_rest in rows:
        assert is_shared == (owner != known)


@pytest.mark.parametrize("seed", FEWER_SEEDS)
def test_customers_who_are_merged_while_they_write_end_in_one_conversation(shop, seed):
    crowd = Crowd(shop, seed)
    channels = ["instagram", "sms"]
    crowd.write(MESSAGES // 2, channels)
    crowd.settle(MESSAGES // 2)
    partner_ids = sorted(crowd.identities().values())

    crowd.write(MESSAGES // 2, channels, lambda: crowd.merge(partner_ids))

    threads = crowd.threads(crowd.settle())
    assert len(set(threads.values())) == 1
    assert crowd.new_partners() == set(crowd.identities().values()) == {partner_ids[0]}


@pytest.fixture(scope="module")
def nodes(sandbox):
    """Two running servers on one database, as on two machines."""
    with ExitStack() as stack:
        first = OdooServer("crowd", workers=2, cron_threads=2)
        stack.callback(first.close)
        first.create_database()
        first.shell(FILES_IN_DATABASE)
        first.start()
        yield first, stack.enter_context(first.second_node())


def test_two_servers_make_one_customer_and_one_conversation(nodes, sandbox):
    shop = Shop(nodes[0], sandbox)
    crowd = Crowd(shop, 0)

    with ThreadPoolExecutor(PARALLEL) as pool:
        tasks = [
            pool.submit(post, shop, nodes[number % 2], crowd.person["igsid"], number)
            for number in range(MESSAGES)
        ]
        assert all(task.result() for task in tasks)

    wait_for(lambda: crowd._is_settled(MESSAGES), 120, "not all messages came")
    threads = crowd.threads(crowd._received())
    assert len(threads) == 1
    assert crowd.new_partners() == set(crowd.identities().values())
