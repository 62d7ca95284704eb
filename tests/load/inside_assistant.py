"""Runs inside Odoo's shell, for assistant.py: ask, answer, learn, and ask again."""

import json
import statistics
import time

from odoo import api
from odoo.tests import new_test_user

from odoo.addons.omnichannel_connector.channels.events import RawEvent

ROUNDS = 3


class Company:
    """A company with an SMS account, in which everything was asked and answered once."""

    def __init__(self, env, number, past, mark=""):
        self.company = env["res.company"].create({"name": f"Studio {number}"})
        env.user.company_ids |= self.company
        self.env = env(context={"allowed_company_ids": self.company.ids})
        self.account = self.env["omnichannel.account"].create(
            {
                "name": "Bench",
                "channel": "sms",
                "company_id": self.company.id,
                "external_id": f"AC{number}",
                "sender": f"+1500555000{number}",
                "access_token": "token",
                "signing_secrets": "token",
                "state": "connected",
            }
        )
        self.agent = new_test_user(
            self.env,
            f"bench{number}",
            "omnichannel_connector.omnichannel_group_agent",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.number = number
        self.topics = {}  # (topic, language) of each answer
        for position, (topic, language, question, answer) in enumerate(past):
            self.topics[mark + answer] = (topic, language)
            self.answer(self.ask(question, position), mark + answer)

    def ask(self, text, position):
        """Let a customer write, and return the conversation."""
        sender = f"+1202{self.number}{position:06d}"
        params = {"MessageSid": f"SM{self.number}{position}", "AccountSid": f"AC{self.number}"}
        params |= {"From": sender, "To": self.account.sender, "Body": text, "NumMedia": "0"}
        payload = {"params": params, "query": {}, "received_at": "2026-01-01T00:00:00+00:00"}
        events = self.env["omnichannel.event"]
        raw = RawEvent(f"message:{params['MessageSid']}", sender, payload)
        events._store(self.account.id, [raw])
        event = events.search([("account_id", "=", self.account.id), ("key", "=", raw.key)])
        event._process()
        message = self.env["omnichannel.message"].search(
            [("account_id", "=", self.account.id)], order="id desc", limit=1
        )
        return message.conversation_id

    def answer(self, conversation, text):
        stream = conversation.channel_id.with_user(self.agent).sudo()
        stream.message_post(body=text, message_type="comment", omnichannel_key="sms")
        conversation.user_id = False


def learn(env):
    """Learn from all of it, as the scheduled action does when it is settled."""
    env.flush_all()
    env.cr.execute("UPDATE omnichannel_message SET create_date = create_date - interval '1 hour'")
    env.invalidate_all()
    answers = env["omnichannel.answer"]
    while answers._learn_batch():
        env.flush_all()


def run(env, past, sets):
    """Print {"past", "learned", "of another company", "median ms", "sets": {name: figures}}."""
    ours, theirs = Company(env, 1, past), Company(env, 2, past, mark="THEIRS ")
    learn(env)
    conversation = ours.ask("Hello there", 900)
    as_agent = api.Environment(env.cr, ours.agent.id, {"allowed_company_ids": ours.company.ids})
    conversation = conversation.with_env(as_agent)
    times, foreign, figures = [], 0, {}
    for name, questions in sets.items():
        found = [suggested(conversation, question, times) for _topic, _code, question in questions]
        foreign += sum(text not in ours.topics for texts in found for text in texts)
        figures[name] = figures_of(questions, found, ours.topics)
    assert theirs.topics and not foreign, "an answer of another company was offered"
    learned = env["omnichannel.answer"].search_count([("company_id", "=", ours.company.id)])
    print(
        json.dumps(
            {
                "past": len(past),
                "learned": learned,
                "of another company": foreign,
                "median ms": statistics.median(times),
                "sets": figures,
            }
        )
    )


def suggested(conversation, question, times):
    """Return the texts that are offered, and note how long it took."""
    for _round in range(ROUNDS):
        conversation.env.invalidate_all()
        start = time.perf_counter()
        found = [reply["text"] for reply in conversation._suggest_replies(question)]
        times.append(1000 * (time.perf_counter() - start))
    return found


def figures_of(questions, found, topics):
    """Return {"scored", "top 1", "top 3", the same "in their language", "by language", ...}.

    Right is an answer on the topic, in whatever language, unless it says "in their language".
    """
    known = {topic for topic, _code in topics.values()}
    rows, unknown = [], 0
    for (topic, code, _question), texts in zip(questions, found, strict=True):
        offered = [topics.get(text) for text in texts]
        if topic not in known:
            unknown += bool(offered)
            continue
        right = [of and of[0] == topic for of in offered]
        same = [of == (topic, code) for of in offered]
        rows.append((code, any(right[:1]), any(right), any(same[:1]), any(same)))
    languages = sorted({row[0] for row in rows})
    return {
        "scored": len(rows),
        "top 1": share(rows, 1),
        "top 3": share(rows, 2),
        "top 1 in their language": share(rows, 3),
        "top 3 in their language": share(rows, 4),
        "by language": {code: share([r for r in rows if r[0] == code], 2) for code in languages},
        "without an answer": len(questions) - len(rows),
        "something offered all the same": unknown,
    }


def share(rows, column):
    return sum(row[column] for row in rows) / len(rows)
