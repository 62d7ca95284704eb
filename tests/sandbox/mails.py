"""The customers' mailboxes: what Odoo sent to them, and what they write to Odoo."""

import secrets
from functools import partial

from .accounts import EmailAccount
from .hooks import Result
from .log import Log
from .mail_gateway import deliver
from .mail_message import Draft, parsed, written
from .media import Media
from .models import Customer, Mail, MailGateway
from .state import State
from .web import Answer, ControlError
from .webhooks import Webhooks

LANE = "email"  # mails reach Odoo one after the other
HTML_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; img-src http: https: data:;"
    " style-src 'unsafe-inline'; font-src data:;"
    # The page measures the mail, hence the same origin; no script can run in it.
    " sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
HTML_HEAD = """<!doctype html><meta charset="utf-8"><base target="_blank">
<meta name="color-scheme" content="light"><style>
html { overflow-y: hidden; background: #fff; color: #14161a; font: 15px/1.4 system-ui, sans-serif }
body { margin: 10px; overflow-wrap: anywhere } img { max-width: 100%; height: auto }
@media (max-width: 600px) {
table, td, th, div { min-width: 0 !important; max-width: 100% !important }
table { width: 100% !important } td, th { width: auto !important } }
summary { color: #5c6370; font-size: 13px; cursor: pointer }</style>
"""


class Mails:
    """Its public methods can be called from Python and over the control API."""

    def __init__(self, state: State, log: Log, webhooks: Webhooks, media: Media):
        self._state = state
        self._log = log
        self._webhooks = webhooks
        self._media = media

    def configure(self, url: str, db: str, login: str, password: str) -> dict:
        """Tell where the Odoo is that gets the customers' mails."""
        if not url.startswith("http://"):
            raise ControlError("the url of the mail gateway starts with http://")
        gateway = MailGateway(url.rstrip("/"), db, login, password)
        self._state.mail_gateway = gateway
        self._log.add("mail_gateway_set", **gateway.public())
        return gateway.public()

    def all(self) -> list[Mail]:
        """Return every mail, oldest first."""
        with self._state.lock:
            return list(self._state.mails.values())

    def of(self, customer: str) -> list[Mail]:
        """Return a customer's mails, oldest first."""
        return self._state.mails_of(self._state.customer(customer))

    def show_html(self, key: str) -> Answer:
        """Return the HTML of a mail as a page that can do nothing but be looked at."""
        mail = self._state.mail(key)
        html = mail.html
        for attachment in mail.attachments:
            if attachment["content_id"]:
                html = html.replace(f"cid:{attachment['content_id']}", attachment["url"])
        body = (HTML_HEAD + html).encode()
        return Answer(200, body, "text/html; charset=utf-8", dict(HTML_SECURITY))

    # === FROM ODOO === #

    def receive(self, sender: str, recipients: list[str], raw: bytes) -> Mail:
        """Put a mail that came by SMTP into the mailboxes of its recipients."""
        return self._add("outbound", sender, recipients, raw)

    # === TO ODOO === #

    def customer_sends(self, customer: str, sync: bool = True, **spec) -> dict:
        """Write a mail as the customer and return {mail, gateway}. `spec`: see `Draft`."""
        person = self._state.customer(customer)
        if not person.email:
            raise ControlError("this customer has no e-mail address", 409)
        draft = Draft(**spec)
        original = self._state.mail(draft.in_reply_to) if draft.in_reply_to else None
        draft.to = draft.to or self._recipient(original)
        raw = written(draft, person, original, self._state.now(), self._media)
        return self._send(raw, person, sync)

    def send_raw(self, raw: bytes, customer: str = "", sync: bool = True) -> dict:
        """Hand any bytes to Odoo as a mail. Without a customer `From` tells whose it is."""
        return self._send(raw, self._state.customer(customer) if customer else None, sync)

    def resend(self, key: str, sync: bool = True) -> dict:
        """Hand a customer's mail to Odoo once more, byte for byte."""
        mail = self._state.mail(key)
        if mail.direction != "inbound":
            raise ControlError("this mail came from Odoo", 409)
        return {"mail": mail.public(), "gateway": self._submit(mail, sync)}

    def _recipient(self, original: Mail | None) -> str:
        """Return whom an answer is for; for a new mail our first account."""
        if original is None:
            return self._state.account(EmailAccount.provider).id
        if original.direction == "inbound":
            chosen = original.to
        else:
            chosen = original.reply_to or [original.sender]
        return ", ".join(one["address"] for one in chosen)

    def _send(self, raw: bytes, person: Customer | None, sync: bool) -> dict:
        mail = self._add("inbound", person.email if person else "", [], raw)
        gateway = self._submit(mail, sync)
        return {"mail": mail.public(), "gateway": gateway}

    def _submit(self, mail: Mail, sync: bool) -> Result | None:
        if sync:
            return self._deliver(mail)
        self._webhooks.run(LANE, partial(self._deliver, mail))
        return None

    def _deliver(self, mail: Mail) -> Result:
        result = deliver(self._state.mail_gateway, mail.raw)
        with self._state.lock:
            mail.gateway = result
        names = {"mail": mail.id, "customer": self._state.customer_of(mail)}
        self._log.add("mail_gateway", **names, **result)
        return result

    def _add(self, direction: str, sender: str, recipients: list[str], raw: bytes) -> Mail:
        mail = parsed(
            raw, self._media, id=secrets.token_hex(6), direction=direction, at=self._state.now()
        )
        mail.envelope_from = sender or mail.sender["address"]
        mail.envelope_to = recipients or [one["address"] for one in [*mail.to, *mail.cc]]
        return self._state.add_mail(mail)
