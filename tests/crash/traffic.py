"""Customers who write and agents who answer, whatever happens to the servers meanwhile."""

import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

import psycopg2
import requests

from tests.odoo_server import wait_for
from tests.shop import make_agent

CHANNELS = {"instagram": "igsid", "sms": "number"}  # channel -> what its address is called
AGENTS = ("ada", "ben")
# What may happen to a call or a webhook by itself, in a network that works.
WEATHER = (
    {"call": "send", "action": "delay", "seconds": 0.2, "times": 2},
    {"call": "send", "action": "hang", "seconds": 0.4, "late": True, "times": 2},
    {"call": "send", "action": "reset_after"},
    {"call": "send", "action": "echo_first"},
    {"call": "webhook.message", "action": "duplicate"},
    {"call": "webhook.message", "action": "delay", "seconds": 0.5},
    {"call": "webhook.echo", "action": "delay", "seconds": 0.5},
    {"call": "webhook.status", "action": "delay", "seconds": 0.5},
    # never told: what became of a call then has to be asked
    {"call": "webhook.echo", "action": "drop", "times": 2},
    {"call": "webhook.status", "action": "drop", "times": 2},
)
# Instagram tries again for 36 hours, and what Twilio does not tell again is found by listing.
PROVIDER = {"webhook_patience": 600, "webhook_timeout": 5, "webhook_workers": 3}


@dataclass
class Answer:
    """What an agent typed. `is_kept` tells that Odoo said it was: then it has to be there."""

    text: str
    channel: str
    person: dict
    is_kept: bool = False


class Traffic:
    """All people of a run. What is random is drawn from `dice` in the calling thread only."""

    def __init__(self, shop, dice, mark):
        self.shop, self.dice, self.mark = shop, dice, mark
        self.odoo, self.sandbox = shop.odoo, shop.sandbox
        self.people, self.answers = [], []
        self._number = 0
        self._pool = ThreadPoolExecutor(12)
        self._over = threading.Event()
        self._agents = [make_agent(self.odoo, login) for login in AGENTS]
        self._threads = {}  # address -> id of the thread in Odoo

    def begin(self):
        """Let the first customers come, some of whom Odoo knows by both their addresses."""
        self.sandbox.state.change_settings(PROVIDER)
        for channels in [("instagram",)] * 5 + [("sms",)] * 5 + [("instagram", "sms")] * 4:
            self._writes(self._meet(channels), channels[0])
        self._learn_threads()
        wait_for(lambda: self._learn_threads() >= len(self.people), 60, "nobody was welcomed")
        for person in self.people:
            if len(person["channels"]) > 1:
                self._tell_number(person)

    def close(self):
        self._over.set()
        self._pool.shutdown(cancel_futures=True)

    def _meet(self, channels):
        name = self.dice.choice(["Ana", "Bruno", "Carla", "Dinis", "Eva"])
        person = {**self.shop.customer(name), "channels": channels}
        person["agent"] = self._agents[len(self.people) % len(self._agents)]
        self.people.append(person)
        return person

    def _tell_number(self, person):
        (partner,) = self.odoo.sql(
            "SELECT partner_id FROM omnichannel_identity WHERE value = %s", [person["igsid"]]
        )[0]
        self.odoo.rpc("res.partner", "write", [[partner], {"phone": person["number"]}])

    def _learn_threads(self):
        """Look which customers have a thread, return how many."""
        try:
            rows = self.odoo.sql(
                """
                SELECT identity.value, conversation.channel_id
                  FROM omnichannel_identity identity
                  JOIN omnichannel_conversation conversation USING (partner_id)
                 WHERE conversation.channel_id IS NOT NULL
                """
            )
        except psycopg2.Error:
            rows = []
        self._threads.update(rows)
        known = [
            p for p in self.people if any(p[name] in self._threads for name in CHANNELS.values())
        ]
        return len(known)

    # === ONE ROUND === #

    def play(self):
        """Start what people do in the next second or two; return a function that waits for it."""
        dice = self.dice
        self._learn_threads()
        acts = []
        for person in dice.sample(self.people, 3):
            channel = dice.choice(person["channels"])
            acts += [(self._writes, person, channel)] * dice.choice([1, 1, 2, 4])
        if dice.random() < 0.4:
            channels = (dice.choice(list(CHANNELS)),)
            acts += [(self._writes, self._meet(channels), channels[0])] * dice.choice([1, 2, 3])
        for person in dice.sample(self._answerable(), 3):
            channel = dice.choice(person["channels"])
            acts += [(self._is_answered, person, channel)] * dice.choice([1, 1, 2])
        if dice.random() < 0.7:
            provider = dice.choice(["instagram", "twilio"])
            self.sandbox.faults.add(provider=provider, **dice.choice(WEATHER))
        pending = [
            self._pool.submit(self._act, dice.uniform(0, 1.2), act, self._next_text(), *rest)
            for act, *rest in acts
        ]
        return lambda: [future.result() for future in wait(pending, timeout=120).done]

    def _answerable(self):
        return [
            person
            for person in self.people
            if any(person[CHANNELS[name]] in self._threads for name in person["channels"])
        ]

    def _act(self, delay, act, text, person, channel):
        self._over.wait(delay)
        act(person, channel, text)

    def _next_text(self):
        self._number += 1
        return f"{self.mark} {self._number}"

    def _writes(self, person, channel, text=None):
        text = text or self._next_text()
        self.shop.writes(person, f"question {text}", on=channel, sync=False)

    def _is_answered(self, person, channel, text):
        """Let the customer's agent answer, as the web client does it."""
        thread = self._threads.get(person[CHANNELS[channel]])
        if thread is None:
            return
        answer = Answer(f"answer {text}", channel, person)
        self.answers.append(answer)
        body = {
            "thread_model": "discuss.channel",
            "thread_id": thread,
            "post_data": {
                "body": answer.text,
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                "omnichannel_key": channel,
            },
        }
        agent = person["agent"]
        try:
            with requests.Session() as session:
                session.cookies.update(agent.http.cookies)
                reply = session.post(
                    f"{self.odoo.url}/mail/message/post", json={"params": body}, timeout=20
                ).json()
        except (requests.RequestException, json.JSONDecodeError):
            return  # the server died under it: it may be kept, or not
        answer.is_kept = bool(reply.get("result"))


def make_dice(seed):
    """Return the source of all randomness of a run."""
    return random.Random(seed)
