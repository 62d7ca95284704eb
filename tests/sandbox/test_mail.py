"""E-mail: what Odoo sends by SMTP, and what customers write to Odoo."""

import base64
import smtplib
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from xmlrpc.client import Fault

import pytest
import requests

from tests.sandbox import Sandbox
from tests.sandbox.__main__ import load

from .conftest import STUDIO, ZOE

LONG_ID = f"<{'1234567890.' * 9}openerp-12-omnichannel.conversation@studio.example>"


def letter(subject="Your chair", to=ZOE, text="It is ready.", **headers) -> EmailMessage:
    """Return a mail as the business writes it."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = f"Studio <{STUDIO}>"
    message["To"] = to
    message["Subject"] = subject
    for name, value in {"Message-Id": "<one@studio.example>", **headers}.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def deliver(sandbox, message: EmailMessage, to=ZOE) -> bytes:
    """Send a mail as Odoo does, and return what went over the wire."""
    raw = message.as_bytes()
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=5) as smtp:
        smtp.sendmail(STUDIO, to, raw)
    return raw


# === FROM ODOO === #


def test_a_mail_arrives_in_the_mailbox_of_its_customer(mailbox, client):
    """A test must find everything that Odoo sent, as the customer sees it."""
    message = letter(
        "Über Stühle", text="Grüße\n.\n> old", In_Reply_To="<a@x>", References="<b@x> <a@x>"
    )
    message.add_alternative("<p>Grüße</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Ä.pdf")

    raw = deliver(mailbox, message)

    (entry,) = mailbox.log.wait(kind="mail", customer="zoe", direction="outbound", timeout=5)
    (mail,) = client.control("GET", "customers/zoe/mails")["mails"]
    assert entry["subject"] == mail["subject"] == "Über Stühle"
    assert (entry["recipient"], mail["envelope_to"]) == (ZOE, [ZOE])
    assert mail["from"] == {"name": "Studio", "address": STUDIO}
    assert mail["to"] == [{"name": "", "address": ZOE}]
    assert (mail["message_id"], mail["in_reply_to"]) == ("<one@studio.example>", "<a@x>")
    assert mail["references"] == ["<b@x>", "<a@x>"]
    assert (mail["text"], mail["html"]) == ("Grüße\n.\n> old", "<p>Grüße</p>")
    assert mail["headers"]["subject"] == "Über Stühle"
    assert mail["attachments"][0]["name"] == "Ä.pdf"
    assert requests.get(mail["attachments"][0]["url"]).content == b"%PDF"
    assert requests.get(f"{mailbox.url}/control/mails/{mail['id']}/raw").content == raw


def test_the_envelope_decides_whose_mailbox_it_is(mailbox, client):
    """Who is only named in the headers must not get the mail, nor anybody without an address."""
    mailbox.control.add_customer("email", id="max", email="Max@Example.com")
    mailbox.control.add_customer("twilio", number="+15550002000")

    deliver(mailbox, letter(to=ZOE), to=["max@example.com", "stranger@example.com"])

    count = {name: len(mailbox.mails.of(name)) for name in ("zoe", "max", "+15550002000")}
    assert count == {"zoe": 0, "max": 1, "+15550002000": 0}
    assert len(client.control("GET", "mails")["mails"]) == 1


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no header at all\r\n",
        b"Subject: =?x-no?q?a?=\r\nFrom: ,;<\r\nContent-Type: text/plain; charset=no\r\n\r\n\xff",
        b"Subject: \xff\xfe\r\nContent-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ntext",
        b"Content-Transfer-Encoding: base64\r\n\r\n%%%",
    ],
)
def test_broken_mails_are_taken_too(mailbox, client, raw):
    """A mail that can't be read must still be found, or its sender hangs."""
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as smtp:
        smtp.sendmail("", [ZOE], raw)

    (mail,) = client.control("GET", "customers/zoe/mails")["mails"]
    assert mail["envelope_to"] == [ZOE]


def test_any_login_is_taken(mailbox):
    """An Odoo whose mail server has a password must work as well."""
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as smtp:
        smtp.login("anybody", "anything")
        smtp.send_message(letter())

    assert len(mailbox.mails.of("zoe")) == 1


@pytest.mark.parametrize(("action", "code"), [("reject", 550), ("temporary", 451)])
def test_a_refused_mail_is_not_in_the_mailbox(mailbox, client, action, code):
    """The refusal must be what the fault tells, hit one mail and leave no trace of it."""
    client.control("POST", "faults", provider="email", call="smtp", action=action)

    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        deliver(mailbox, letter())
    deliver(mailbox, letter("again"))

    assert refusal.value.recipients[ZOE][0] == code
    assert [mail.subject for mail in mailbox.mails.of("zoe")] == ["again"]
    assert mailbox.log.wait(kind="mail_refused", recipient=ZOE, timeout=5)


def test_a_delayed_mail_arrives(mailbox):
    """Removing the fault must let the mail go at once."""
    mailbox.faults.add(provider="email", action="delay", seconds=60)
    sender = threading.Thread(target=deliver, args=(mailbox, letter()), daemon=True)
    sender.start()
    mailbox.log.wait(kind="fault", provider="email", timeout=5)
    assert not mailbox.mails.of("zoe")

    mailbox.faults.remove()

    sender.join(5)
    assert len(mailbox.mails.of("zoe")) == 1


def test_faults_keep_to_their_own_calls(mailbox, client):
    """A fault of the APIs must not reach SMTP, where its action means nothing."""
    wrong = client.control("POST", "faults", provider="email", call="smtp", action="rate_limit")
    client.control("POST", "faults", provider="*", call="*", action="error_before", times="always")

    deliver(mailbox, letter())

    assert "reject" in wrong["error"]
    assert "error" in client.control("POST", "faults", provider="email", call="*", action="delay")


def test_an_open_connection_does_not_delay_the_end():
    """A test must not hang when Odoo keeps its connection."""
    sandbox = Sandbox().start()
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=5) as smtp:
        smtp.ehlo()
        started = time.monotonic()

        sandbox.stop()

        assert time.monotonic() - started < 3
        with pytest.raises(OSError, match="refused"):
            smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=5)
        smtp.sock.close()
        smtp.close()


# === TO ODOO === #


def test_a_customer_writes_a_mail(mailbox, client, odoo):
    """Odoo must get a complete mail, as a mail server hands it over."""
    spec = {"to": f"Studio <{STUDIO}>", "subject": "Hallö", "text": "Ist er da?\nZoë"}
    file = {"name": "a.txt", "type": "text/plain", "content": base64.b64encode(b"a").decode()}
    url = requests.post(f"{mailbox.url}/control/media?name=b.png", data=b"png").json()["url"]
    photo = {"name": "b.png", "type": "image/png", "url": url}

    answer = client.control(
        "POST", "customers/zoe/mails", **spec, attachments=[file, photo], headers={"X-Mine": "1"}
    )

    assert answer["gateway"].items() >= {"result": 42, "error": ""}.items()
    message = message_from_bytes(odoo.mails[0], policy=policy.default)
    assert message["From"].addresses[0].display_name == "Zoë Żak"
    assert (message["Subject"], message["X-Mine"]) == ("Hallö", "1")
    assert message["Date"].datetime.tzinfo is not None
    assert message["Message-ID"].endswith("@example.com>")
    assert message.get_body().get_content().rstrip() == "Ist er da?\nZoë"
    assert [part.get_content() for part in message.iter_attachments()] == ["a", b"png"]
    assert answer["mail"]["message_id"] == message["Message-ID"]
    assert (answer["mail"]["direction"], answer["mail"]["envelope_from"]) == ("inbound", ZOE)


def test_an_answer_belongs_to_its_mail(mailbox, client, odoo):
    """The chain must survive long ids, or Odoo opens a second conversation."""
    chain = {"Message-Id": LONG_ID, "References": "<b@x>", "Reply-To": "catchall@studio.example"}
    deliver(mailbox, letter(**chain))
    original = client.control("GET", "customers/zoe/mails")["mails"][0]["id"]

    client.control("POST", "customers/zoe/mails", text="Yes", in_reply_to=original, quote=True)
    again = client.control("POST", "customers/zoe/mails", text="And", in_reply_to=LONG_ID)

    assert f"\nIn-Reply-To: {LONG_ID}\n" in odoo.mails[0].decode()
    message = message_from_bytes(odoo.mails[0], policy=policy.default)
    assert message["References"].split() == ["<b@x>", LONG_ID]
    assert (message["Subject"], message["To"]) == ("Re: Your chair", "catchall@studio.example")
    assert message.get_content().endswith("Studio wrote:\n> It is ready.\n")
    follow = {"text": "!", "in_reply_to": again["mail"]["id"]}
    latest = client.control("POST", "customers/zoe/mails", **follow)["mail"]
    assert (latest["subject"], latest["to"]) == ("Re: Your chair", again["mail"]["to"])


def test_headers_can_be_replaced_and_removed(mailbox, client, odoo):
    """Forged and incomplete mails are what the product must be tried with."""
    headers = {"From": "boss@studio.example", "Message-ID": None, "Auto-Submitted": "auto-replied"}

    answer = client.control("POST", "customers/zoe/mails", text="x", headers=headers)

    message = message_from_bytes(odoo.mails[0])
    assert (message["From"], message["Message-ID"]) == ("boss@studio.example", None)
    assert (message["To"], message["Auto-Submitted"]) == (STUDIO, "auto-replied")
    assert [mail.id for mail in mailbox.mails.of("zoe")] == [answer["mail"]["id"]]


def test_raw_bytes_and_repeated_mails_reach_odoo_unchanged(mailbox, odoo):
    """Odoo's own check for repeated mails must be put to the test with the same bytes."""
    raw = b"From: Zoe <zoe@example.com>\nTo: info@studio.example\n\n\xff\x00 as it is"

    answer = requests.post(f"{mailbox.url}/control/mails/raw", data=raw).json()
    path = f"mails/{answer['mail']['id']}/resend"
    again = requests.post(f"{mailbox.url}/control/{path}", json={"sync": False}).json()

    assert again["gateway"] is None
    mailbox.log.wait(2, kind="mail_gateway", mail=answer["mail"]["id"], customer="zoe", timeout=5)
    assert odoo.mails == [raw, raw]
    assert odoo.logins == 1


def test_the_gateway_tells_what_went_wrong(mailbox, client, odoo):
    """A tester must see why a mail did not reach Odoo, and no call may fail for it."""

    def error():
        return client.control("POST", "customers/zoe/mails", text="x")["gateway"]["error"]

    odoo.answer = Fault(1, "Traceback …\nValueError: No possible route found\n")
    assert error() == "fault: ValueError: No possible route found"
    odoo.answer = Fault(1, "TypeError: cannot marshal None unless allow_none is enabled\n")
    assert error() == ""
    gateway = {"url": odoo.url, "db": "demo", "login": "admin"}
    client.control("POST", "mail_gateway", **gateway, password="wrong")
    assert error() == "login: admin is refused"
    client.control("POST", "mail_gateway", **{**gateway, "url": mailbox.url}, password="secret")
    assert error().startswith("answer: 404")
    closed = {**gateway, "url": "http://127.0.0.1:1"}
    assert client.control("POST", "mail_gateway", **closed, password="secret") == closed
    assert error() == "connect: ConnectionRefusedError"
    client.control("POST", "reset", keep_accounts=True)
    assert client.control("GET", "state")["mail_gateway"] == closed


def test_impossible_mails_are_refused(mailbox, client):
    """A tester's mistake must be told, not sent."""
    mailbox.control.add_customer("twilio", number="+15550002000")

    def error(path, **spec):
        return client.control("POST", path, **spec)["error"]

    assert "no e-mail address" in error("customers/%2B15550002000/mails", text="x")
    assert "no mail nothing" in error("customers/zoe/mails", in_reply_to="nothing")
    assert "attachment" in error("customers/zoe/mails", attachments=[{"url": "http://x/media/a"}])
    assert "unexpected" in error("customers/zoe/mails", body="x")
    assert "mails" in error("customers/zoe/messages", account=STUDIO, text="x")
    assert "raw" in error("webhooks", account=STUDIO, payload={})
    deliver(mailbox, letter())
    assert "from Odoo" in error(f"mails/{mailbox.mails.all()[0].id}/resend", sync=True)


def test_no_script_of_a_mail_can_run_on_our_page(mailbox, client):
    """A mail with HTML or a file with scripts must not drive the control API."""
    message = letter()
    message.add_alternative("<p>Hi<script>1</script><img src='cid:a@x'>", subtype="html")
    message.get_payload()[1].add_related(b"<svg/>", "image", "svg+xml", cid="<a@x>")
    deliver(mailbox, message)
    (mail,) = client.control("GET", f"customers/{ZOE.upper()}/mails")["mails"]

    page = requests.get(f"{mailbox.url}/mails/{mail['id']}.html")
    file = requests.get(mail["attachments"][0]["url"])

    assert mail["attachments"][0]["url"] in page.text
    policies = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policies and "sandbox" in policies
    assert "allow-scripts" not in policies
    assert file.headers["Content-Security-Policy"] == "sandbox"
    assert requests.get(f"{mailbox.url}/mails/none.html").status_code == 404


def test_a_state_file_can_set_up_mail(odoo):
    """The demo starts from a file."""
    with Sandbox() as sandbox:
        load(
            sandbox,
            {
                "accounts": [{"provider": "email", "address": STUDIO}],
                "customers": [{"provider": "email", "email": ZOE, "name": "Zoe"}],
                "mail_gateway": {
                    "url": odoo.url,
                    "db": "demo",
                    "login": "admin",
                    "password": "secret",
                },
            },
        )

        answer = sandbox.mails.customer_sends(ZOE, subject="Hi", text="x")

    assert answer["gateway"]["result"] == 42
    assert answer["mail"]["to"] == [{"name": "", "address": STUDIO}]
