"""Two Odoo servers as on two machines, one database: they share the work, and one may die."""

import hashlib
import hmac
import itertools
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import requests

from tests.crash.settling import hurry
from tests.odoo_server import OdooServer, wait_for
from tests.shop import Shop, make_agent

# What two nodes need: files where both see them (README, "Several servers").
FILES_IN_DATABASE = """
env["ir.config_parameter"].set_param("ir_attachment.location", "db")
env["ir.attachment"].force_storage()
env.cr.commit()
"""


@pytest.fixture(scope="module")
def nodes(sandbox):
    """Two running servers on one database."""
    with ExitStack() as stack:
        first = OdooServer("nodes", workers=2, cron_threads=2)
        stack.callback(first.close)
        first.create_database()
        first.shell(FILES_IN_DATABASE)
        first.start()
        yield first, stack.enter_context(first.second_node())


@pytest.fixture
def shop(nodes, sandbox):
    running = Shop(nodes[0], sandbox)
    yield running
    running.close()


def post(shop, node, sender, number):
    """Deliver a direct message to one of the nodes; return whether it was accepted."""
    now = int(time.time() * 1000)
    item = {
        "sender": {"id": sender},
        "recipient": {"id": shop.instagram_id},
        "timestamp": now,
        "message": {"mid": f"mid.nodes.{sender}.{number}", "text": f"Message {number}"},
    }
    entry = {"id": shop.instagram_id, "time": now, "messaging": [item]}
    body = json.dumps({"object": "instagram", "entry": [entry]}).encode()
    digest = hmac.new(shop.secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}
    url = shop.instagram["webhook_url"].replace(shop.odoo.url, node.url)
    try:
        return requests.post(url, data=body, headers=headers, timeout=10).status_code == 200
    except requests.RequestException:
        return False


def work_of(node):
    """Return how much of each job a node has done, as its log tells it."""
    done = {"process events": 0, "send messages": 0}
    for line in node.log_text().splitlines():
        found = re.search(r"Job 'Omnichannel: ([a-z ]+?)(?: \(\d of \d\))?' .*; done (\d+);", line)
        if found and found[1] in done:
            done[found[1]] += int(found[2])
    return done


def test_a_second_node_serves_its_pages_without_the_files_of_the_first(nodes):
    for node in nodes:
        page = requests.get(f"{node.url}/web/login", timeout=60)
        style = re.search(r'href="(/web/assets/[^"]+\.css)"', page.text)[1]
        assert requests.get(node.url + style, timeout=60).status_code == 200
        assert "FileNotFoundError" not in node.log_text()


def test_both_nodes_take_webhooks_and_share_the_work(nodes, shop):
    ana = shop.customer()
    shop.writes(ana, "Hello", on="sms")
    conversation = shop.conversation_of(ana["number"])
    agents = [make_agent(nodes[0], "ada")]
    numbers = itertools.count()

    def both_have_worked():
        for node in nodes:
            for _each in range(4):
                number = next(numbers)
                assert post(shop, node, f"96{number % 7:03d}{shop.suffix}", number)
        agents[0].post(conversation, f"<p>Answer {next(numbers)}</p>", key="sms")
        return all(
            sum(work_of(node).values()) and work_of(node)["process events"] for node in nodes
        )

    wait_for(both_have_worked, 60, lambda: f"{[work_of(node) for node in nodes]}")


def test_a_node_that_dies_loses_nothing(nodes, shop):
    first, second = nodes
    ana = shop.customer()
    shop.writes(ana, "Hello", on="sms")
    conversation = shop.conversation_of(ana["number"])
    agent = make_agent(first, "ada")
    senders = [f"97{number:03d}{shop.suffix}" for number in range(5)]

    with ThreadPoolExecutor(4) as pool:
        tries = [
            (sender, number, pool.submit(post, shop, nodes[number % 2], sender, number))
            for number in range(12)
            for sender in senders
        ]
        texts = [f"Answer {number}" for number in range(8)]
        answers = [agent.post(conversation, f"<p>{text}</p>", key="sms") for text in texts[:4]]
        second.kill()
        answers += [agent.post(conversation, f"<p>{text}</p>", key="sms") for text in texts[4:]]
        refused = [(sender, number) for sender, number, task in tries if not task.result()]
    for sender, number in refused:  # as the provider does it
        assert post(shop, first, sender, number)

    for sender in senders:
        thread = shop.conversation_of(sender, timeout=90)
        messages = shop.wait_for_messages(thread, 12, timeout=90)
        assert sorted(m["preview"] for m in messages) == sorted(f"Message {n}" for n in range(12))
    wait_for(lambda: hurry(first) or all_sent(first, answers), 90, "not all answers left")
    assert shop.phone(ana) == ["Hello", *texts]


def all_sent(odoo, messages):
    domain = [("id", "in", messages), ("state", "in", ("sent", "delivered"))]
    return odoo.rpc("omnichannel.message", "search_count", [domain]) == len(messages)
