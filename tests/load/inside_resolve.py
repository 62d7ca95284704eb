"""Runs inside Odoo's shell, for resolve.py: two databases in one process, by turns."""

import json
import time

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry

from odoo.addons.omnichannel_connector.channels.events import RawEvent

FEW = 2000  # known customers of the database that counts as empty

SAMPLE = """
    SELECT value FROM omnichannel_identity WHERE kind = 'phone' ORDER BY random() LIMIT %s
"""


class World:
    """One of the databases: an account, and the numbers of customers who are known there."""

    def __init__(self, env, wanted):
        self.env = env
        values = {"name": "Bench", "channel": "sms", "external_id": "ACbench"}
        values |= {"sender": "+15005550006", "access_token": "token", "signing_secrets": "token"}
        self.account = env["omnichannel.account"].create(values)
        if env["omnichannel.identity"].search_count([("kind", "=", "phone")]) < FEW:
            partners = [
                {"name": f"Known {number}", "phone": f"+1{2000000000 + number}"}
                for number in range(FEW)
            ]
            env["res.partner"].create(partners)
        env.cr.commit()
        query = (
            "SELECT value FROM omnichannel_identity WHERE kind = 'phone' ORDER BY random() LIMIT %s"
        )
        env.cr.execute(query, [wanted])
        self.known = [value for (value,) in env.cr.fetchall()]

    def senders(self, number, size):
        """Return the numbers of a batch: by turns one that is known and one that is not."""
        half = size // 2
        known = self.known[number * half : (number + 1) * half]
        unknown = [f"+1333{number * half + each:07d}" for each in range(half)]
        return [phone for pair in zip(known, unknown, strict=True) for phone in pair]

    # === WHAT IS MEASURED ===

    def find(self, phones):
        keys = [("phone", "", phone) for phone in phones]
        return self.time(lambda: self.env["omnichannel.identity"]._find(self.company, keys))

    def resolve(self, phones):
        wanted = {("phone", "", phone): {"account_id": self.account.id} for phone in phones}
        return self.time(lambda: self.env["omnichannel.identity"]._resolve(self.company, wanted))

    def process(self, phones):
        events = self.env["omnichannel.event"]
        stored = events._store(self.account.id, [self._raw(phone) for phone in phones])
        return self.time(stored._process)

    def save(self, phones):
        partners = self.env["res.partner"]

        def work():
            partner = partners.create({"name": "New", "phone": phones[1]})
            self.env.flush_all()
            partner.email = f"new{phones[1]}@example.com"

        return self.time(work)

    def open_thread(self, phones):
        identity = self.env["omnichannel.identity"].search([("value", "=", phones[0])])
        partner = identity.partner_id

        def work():
            conversations = self.env["omnichannel.conversation"]
            conversation = conversations._for_partners(self.company, partner)[partner]
            conversation._ensure_channels()
            conversation.get_send_choices()

        return self.time(work)

    @property
    def company(self):
        return self.account.company_id

    def _raw(self, phone):
        params = {"MessageSid": f"SM{phone}", "AccountSid": "ACbench", "From": phone}
        params |= {"To": self.account.sender, "Body": "Hello", "NumMedia": "0"}
        payload = {"params": params, "query": {}, "received_at": "2026-01-01T00:00:00+00:00"}
        return RawEvent(f"message:SM{phone}", phone, payload)

    def time(self, work):
        """Return the seconds that some work takes in a transaction that is then undone."""
        self.env.flush_all()
        self.env.invalidate_all()
        start = time.perf_counter()
        work()
        self.env.flush_all()
        seconds = time.perf_counter() - start
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)
        return seconds


def run(env, other, size, rounds):
    """Print {what: [seconds in the shell's database, seconds in the other one]}."""
    measures = {
        "find": World.find,
        "resolve": World.resolve,
        "process": World.process,
        "save a contact": World.save,
        "open a thread": World.open_thread,
    }
    other_env = api.Environment(Registry(other).cursor(), SUPERUSER_ID, {})
    worlds = [World(each, size // 2 * (rounds + 1)) for each in (env, other_env)]
    figures = {name: [[], []] for name in measures}
    for number in range(-1, rounds):  # the first round warms up
        for name, measure in measures.items():
            for index in (0, 1) if number % 2 else (1, 0):
                seconds = measure(worlds[index], worlds[index].senders(number + 1, size))
                if number >= 0:
                    figures[name][index].append(seconds)
    other_env.cr.execute(
        "SELECT (SELECT count(*) FROM res_partner), (SELECT count(*) FROM omnichannel_identity)"
    )
    partners, identities = other_env.cr.fetchone()
    print(json.dumps({"figures": figures, "partners": partners, "identities": identities}))
