"""The live chat of a website: an operator who is there, and visitors with their own browsers."""

import base64
import hashlib
import hmac
import itertools
import json
import re
import time
import uuid

import requests

from tests.shop import make_user

MODULES = ("crm_livechat", "im_livechat")
OPERATOR = "otto"
TAG = re.compile("<[^>]*>")
_numbers = itertools.count(1)


class LiveChat:
    """A live chat channel of Odoo and our account for it; Otto answers there."""

    def __init__(self, odoo):
        self.odoo = odoo
        make_user(odoo, OPERATOR, "im_livechat.im_livechat_group_user")
        (user,) = odoo.rpc("res.users", "search", [[("login", "=", OPERATOR)]])
        self._be_online(user)
        values = {"name": f"Website {next(_numbers)}", "user_ids": [(6, 0, [user])]}
        self.id = odoo.rpc("im_livechat.channel", "create", [values])
        self.account = odoo.rpc(
            "omnichannel.account",
            "create",
            [{"name": values["name"], "channel": "livechat", "external_id": str(self.id)}],
        )
        odoo.rpc("omnichannel.account", "action_connect", [[self.account]])
        self.secret = f"secret of {values['name']}"
        secret = {"signing_secrets": self.secret}
        odoo.rpc("omnichannel.account", "write", [[self.account], secret])

    def _be_online(self, user):
        # what Odoo's websocket writes while somebody has Odoo open
        query = """
            INSERT INTO mail_presence (user_id, status, last_poll, last_presence)
                 VALUES (%s, 'online', now(), now()) ON CONFLICT DO NOTHING
        """
        self.odoo.sql(query, [user])

    def sign(self, secret=None, **values):
        """Return a token with which the website says who its visitor is, for ten minutes."""
        claim = {"exp": int(time.time()) + 600, "jti": uuid.uuid4().hex, **values}
        payload = base64.urlsafe_b64encode(json.dumps(claim).encode()).decode().rstrip("=")
        key = (secret or self.secret).encode()
        return f"{payload}.{hmac.new(key, payload.encode(), hashlib.sha256).hexdigest()}"

    def close(self):
        """Take no more messages of this live chat."""
        self.odoo.rpc("omnichannel.account", "write", [[self.account], {"active": False}])

    def visitor(self, login=None):
        """Return a visitor who has opened the chat window, with a login if one is given."""
        return Visitor(self, login)


class Browser:
    """Somebody's browser, with or without a login."""

    def __init__(self, odoo, login=None):
        self.odoo = odoo
        self.session = requests.Session()
        if login:
            self.session.cookies.set("session_id", odoo.session_cookie(login))

    def call(self, path, **params):
        """Make a request as the chat window does; return the result or the whole error."""
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = self.session.post(self.odoo.url + path, json=body, timeout=60).json()
        return answer.get("result", answer.get("error"))

    def post(self, chat, text, **values):
        """Write in a live chat; return the id of the message."""
        data = {"body": text, "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        answer = self.call(
            "/mail/message/post",
            thread_model="discuss.channel",
            thread_id=chat,
            post_data={**data, **values},
        )
        assert "message_id" in answer, answer
        return answer["message_id"]


class Visitor(Browser):
    """Somebody on the website. `chat` is the discuss.channel of the chat."""

    def __init__(self, live_chat, login=None):
        super().__init__(live_chat.odoo, login)
        self.live_chat = live_chat
        self.token = None
        self.opens()
        self.guest = int(self.token.partition("|")[0]) if self.token else None
        self.address = f"guest:{self.guest}"

    def opens(self):
        """Open a chat: the first, or another one later in the same browser."""
        answer = self.call(
            "/im_livechat/get_session",
            channel_id=self.live_chat.id,
            previous_operator_id=None,
            persisted=True,
        )
        assert answer, "nobody answers this live chat"
        self.chat = answer["channel_id"]
        # who logs in later is still known by this cookie
        self.token = answer["store_data"].get("Store", {}).get("guest_token") or self.token

    def shows(self, token):
        """Let the website say who this is; return what Odoo answers."""
        return self.call("/omnichannel/livechat/identify", channel_id=self.chat, token=token)

    def writes(self, text, **values):
        return self.post(self.chat, text, **values)

    def edits(self, message, text):
        """Replace the text of an own message; an empty one takes it back."""
        data = {"body": text, "attachment_ids": []}
        return self.call("/mail/message/update_content", message_id=message, update_data=data)

    def uploads(self, name, content):
        """Upload a file for the next message; return (id, token) of the attachment."""
        answer = self.session.post(
            f"{self.odoo.url}/im_livechat/cors/attachment/upload",
            data={
                "guest_token": self.token,
                "thread_id": self.chat,
                "thread_model": "discuss.channel",
                "is_pending": True,
            },
            files={"ufile": (name, content)},
            timeout=60,
        ).json()
        data = answer["data"]
        return data["attachment_id"], data["store_data"]["ir.attachment"][0]["ownership_token"]

    def logs_in(self, login):
        """Log in, in the browser in which the chat goes on."""
        self.session.cookies.clear()
        self.session.cookies.set("dgid", self.token)
        self.session.cookies.set("session_id", self.odoo.session_cookie(login))
        ((key,),) = self.odoo.sql("SELECT uuid FROM discuss_channel WHERE id = %s", [self.chat])
        self.session.get(f"{self.odoo.url}/chat/{self.chat}/{key}", timeout=60)

    def leaves(self):
        self.call("/im_livechat/visitor_leave_session", channel_id=self.chat)

    def sees(self):
        """Return all that the server tells about the chat, as it came."""
        return self.call("/discuss/channel/messages", channel_id=self.chat)

    def reads(self):
        """Return [(name of the author, text)] of what people wrote in the chat, oldest first."""
        data = self.sees()["data"]
        names = {
            one["id"]: one.get("user_livechat_username") or one.get("name")
            for one in data.get("res.partner", [])
        }
        return [
            (names.get(message.get("author_id")), TAG.sub("", message["body"][1]))
            for message in sorted(data.get("mail.message", []), key=lambda m: m["id"])
            if message["message_type"] == "comment"
        ]

    def pushed(self):
        """Return what Odoo pushed to this browser, as one text."""
        query = "SELECT message FROM bus_bus WHERE channel LIKE %s OR channel LIKE %s"
        own = (f'%"mail.guest",%{self.guest}]', f'%"discuss.channel",%{self.chat}]')
        return str(self.odoo.sql(query, own))
