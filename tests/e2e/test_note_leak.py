"""O5 over the wire: whatever a browser asks for, a note reaches no provider and no mailbox."""

import itertools
import json

import pytest

SECRET = "Difficult customer"
COMMENT = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}

# what a browser can add to the request of a note, beside its text
POSTS = {
    "note": {},
    "key empty": {"omnichannel_key": ""},
    "key null": {"omnichannel_key": None},
    "key note": {"omnichannel_key": "note"},
    "key list": {"omnichannel_key": ["sms", "email"]},
    "key object": {"omnichannel_key": {"channel": "sms"}},
    "numbers": {"sms_numbers": ["+12025550199"]},
    "typed address": {"partner_emails": ["ana@example.com"]},
    "mail type": {"message_type": "email_outgoing"},
    "sms type": {"message_type": "sms"},
}


class Browser:
    """What an agent's browser sends, and anything that somebody could make it send."""

    def __init__(self, agent, conversation):
        self.agent, self.channel = agent, conversation["channel_id"][0]
        self.partner = conversation["partner_id"][0]

    def ask(self, route, params):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        headers = {"Content-Type": "application/json"}
        url = f"{self.agent.odoo.url}{route}"
        return self.agent.http.post(url, data=body, headers=headers, timeout=60).json()

    def post(self, text, context=None, **data):
        params = {"thread_model": "discuss.channel", "thread_id": self.channel}
        post = {"body": text, **COMMENT, **data}
        return self.ask("/mail/message/post", {**params, "post_data": post, "context": context})

    def rpc(self, method, text, model="discuss.channel", **values):
        args = [[self.channel]]
        kwargs = {"body": text, "message_type": "comment", **values}
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.ask(f"/web/dataset/call_kw/{model}/{method}", params)


@pytest.fixture
def ana(shop):
    """A customer whom everything could reach: both phones, a mailbox, and a portal login."""
    person = shop.customer()
    shop.writes(person, "Hello", on="sms")
    conversation = shop.conversation_of(person["number"])
    values = {"email": person["email"]}
    shop.odoo.rpc("res.partner", "write", [[conversation["partner_id"][0]], values])
    return person, conversation


def test_no_request_takes_a_note_out(shop, agent, ana):
    person, conversation = ana
    browser = Browser(agent, conversation)
    numbered = (f"{SECRET} {number}" for number in itertools.count(1))

    posted = [browser.post(next(numbered), **values) for values in POSTS.values()]
    mentioned = {"partner_ids": [browser.partner]}
    posted.append(browser.post(next(numbered), **mentioned))
    forged = {"omnichannel_plan": {"choice": {"channel": "sms"}}, "mail_post_autofollow": True}
    posted.append(browser.post(next(numbered), context=forged))
    note = posted[0]["result"]["message_id"]
    for values in (*POSTS.values(), mentioned, {"outgoing_email_to": person["email"]}):
        posted.append(browser.rpc("message_post", next(numbered), **values))
    sms = {"sms_numbers": [person["number"]], "put_in_queue": False}
    posted.append(browser.rpc("message_post", next(numbered), **sms))
    browser.ask(
        "/mail/message/update_content",
        {"message_id": note, "update_data": {"body": next(numbered), **mentioned}},
    )
    browser.ask("/mail/message/reaction", {"message_id": note, "content": "👍", "action": "add"})
    written = [answer for answer in posted if "error" not in answer]
    assert len(written) > len(posted) / 2, "most of it is refused: this proves nothing"

    # the queues run: what is meant to leave does, and nothing else
    answer = agent.post(conversation, "<p>Hello Ana</p>", key="sms")
    shop.wait_for_state(answer, "delivered")
    mail = agent.post(conversation, "<p>Dear Ana</p>", key="email")
    shop.wait_for_state(mail, "sent")

    assert shop.phone(person) == ["Hello", "Hello Ana"]
    assert SECRET not in str(shop.sandbox.log.entries())
    assert not [m for m in shop.mails_to(person) if SECRET in f"{m.subject}{m.text}"]
    stored = shop.odoo.sql("SELECT count(*) FROM sms_sms WHERE body LIKE %s", [f"%{SECRET}%"])
    assert stored == [(0,)]
