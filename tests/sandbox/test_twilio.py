"""Twilio's REST API and its webhooks."""

import base64
import hashlib
import hmac

import pytest
import requests

from tests.sandbox.twilio_wire import segments, signature

from .conftest import OUR_NUMBER, TWILIO_SID, TWILIO_TOKEN

ZOE = "+15550002000"
VECTOR_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
VECTOR = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}


def signed(url: str, received, key: str, algorithm=hashlib.sha1) -> str:
    """Return what a webhook's signature has to be."""
    text = url + "".join(name + received.form[name] for name in sorted(received.form))
    return base64.b64encode(hmac.new(key.encode(), text.encode(), algorithm).digest()).decode()


def error(answer) -> tuple:
    """Return HTTP status and code of a refused call."""
    return answer.status_code, answer.json()["code"]


# === WEBHOOKS === #


def test_the_signature_fits_the_published_vector():
    """A sandbox that signs wrongly would train the product to accept wrong signatures."""
    made = signature("12345", VECTOR_URL, list(VECTOR.items()))

    assert made == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_repeated_parameters_are_sorted_within_their_name():
    """`Reason` comes before `ReasonConferenceEnded`, whatever their values are."""
    repeated = [("Reason", value) for value in "zbydxczb"]
    pairs = [*repeated, ("ReasonConferenceEnded", "a")]
    text = b"http://xReasonbReasoncReasondReasonxReasonyReasonzReasonConferenceEndeda"
    expected = base64.b64encode(hmac.new(b"k", text, hashlib.sha1).digest()).decode()

    assert signature("k", "http://x", pairs) == expected


def test_an_inbound_message_is_a_signed_form(twilio, receiver):
    """The product checks the signature over the URL with its query and every parameter."""
    result = twilio.control.customer_sends(ZOE, text="Grüße & +1")

    (received,) = receiver.wait()
    expected = {
        "MessageSid": result["message"]["id"],
        "SmsSid": result["message"]["id"],
        "AccountSid": TWILIO_SID,
        "From": ZOE,
        "To": OUR_NUMBER,
        "Body": "Grüße & +1",
        "NumMedia": "0",
        "SmsStatus": "received",
        "FromCity": "",
    }
    assert expected.items() <= received.form.items()
    url = f"{receiver.url}?a=1"
    assert received.headers["x-twilio-signature"] == signed(url, received, TWILIO_TOKEN)


def test_a_shared_key_signs_with_sha256(twilio, receiver):
    """The newer scheme is chosen by the account and announced in a header."""
    twilio.state.account("twilio").shared_key = {"id": "key_1", "secret": "shared"}

    twilio.control.customer_sends(ZOE, text="hi")

    (received,) = receiver.wait()
    expected = signed(f"{receiver.url}?a=1", received, "shared", hashlib.sha256)
    assert received.headers["x-twilio-signature"] == expected
    settings = received.headers["x-twilio-webhooks-signature-settings"]
    assert settings == "key=key_1,algorithm=HMAC_SHA256"


def test_a_picture_is_behind_a_login(twilio, client, receiver):
    """Twilio gives a media URL of its own, which asks for credentials and redirects."""
    url = client.control("POST", "media?name=cat.png")["url"]

    twilio.control.customer_sends(ZOE, attachments=[{"url": url, "type": "image/png"}])

    form = receiver.wait()[0].form
    assert form["NumMedia"] == "1"
    assert form["MediaContentType0"] == "image/png"
    assert form["MessageSid"].startswith("MM")
    assert requests.get(form["MediaUrl0"]).status_code == 401
    assert requests.get(form["MediaUrl0"], auth=(TWILIO_SID, TWILIO_TOKEN)).url == url


def test_a_message_calls_back_sent_and_delivered(twilio, client, receiver):
    """Callbacks are signed over the StatusCallback of that message."""
    callback = f"{receiver.url}/status?uuid=7"

    answer = client.sms(ZOE, "hi", From=OUR_NUMBER, StatusCallback=callback)

    received = receiver.wait(2)
    assert [r.form["MessageStatus"] for r in received] == ["sent", "delivered"]
    assert {r.form["MessageSid"] for r in received} == {answer.json()["sid"]}
    for one in received:
        assert one.headers["x-twilio-signature"] == signed(callback, one, TWILIO_TOKEN)


def test_a_carrier_can_fail(twilio, client, receiver):
    """The product learns of a dead number only from the callback."""
    outcome = {"status": "undelivered", "error_code": 30005}
    twilio.control.add_customer("twilio", number=ZOE, sms_outcome=outcome)

    client.sms(ZOE, "hi", From=OUR_NUMBER, StatusCallback=receiver.url)

    last = receiver.wait(2)[1].form
    assert (last["MessageStatus"], last["ErrorCode"]) == ("undelivered", "30005")


def test_a_status_can_be_set_by_hand(twilio, client, receiver):
    """Tests of odd orders need every step under control."""
    twilio.state.change_settings({"sms_progress": False})
    sid = client.sms(ZOE, "hi", From=OUR_NUMBER, StatusCallback=receiver.url).json()["sid"]

    for status in ("delivered", "sent"):
        client.control("POST", f"messages/{sid}/status", status=status)

    assert [r.form["MessageStatus"] for r in receiver.wait(2)] == ["delivered", "sent"]
    assert client.twilio("GET", f"/Messages/{sid}.json").json()["status"] == "sent"


def test_an_unanswered_webhook_is_lost(twilio, receiver):
    """Twilio does not repeat a webhook that got an error, unless the URL says so."""
    receiver.statuses.extend([500, 500])

    lost = twilio.control.customer_sends(ZOE, text="hi")
    twilio.state.account("twilio").callback_url = f"{receiver.url}#rc=2&rp=5xx"
    kept = twilio.control.customer_sends(ZOE, text="hi")

    assert lost["webhook"]["retried"] is False
    assert kept["webhook"]["retried"] is True
    repeated = receiver.wait(3)[1:]
    assert len({r.headers["i-twilio-idempotency-token"] for r in repeated}) == 1


# === SENDING === #


def test_a_send_answers_like_twilio(twilio, client):
    """Sid, status and the other keys are what the product stores."""
    answer = client.sms(ZOE, "hi", From=OUR_NUMBER)

    body = answer.json()
    assert answer.status_code == 201
    assert len(body["sid"]) == 34
    assert body["sid"].startswith("SM")
    expected = {"status": "queued", "num_segments": "1", "direction": "outbound-api", "to": ZOE}
    assert expected.items() <= body.items()
    assert body["error_code"] is None
    assert body["uri"] == f"/2010-04-01/Accounts/{TWILIO_SID}/Messages/{body['sid']}.json"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"To": "", "Body": "x", "From": OUR_NUMBER}, (400, 21604)),
        ({"To": "12", "Body": "x", "From": OUR_NUMBER}, (400, 21211)),
        ({"To": ZOE, "Body": "x"}, (400, 21603)),
        ({"To": ZOE, "Body": "x", "From": "+15559999999"}, (400, 21606)),
        ({"To": ZOE, "Body": "", "From": OUR_NUMBER}, (400, 21602)),
        ({"To": ZOE, "Body": "x" * 1601, "From": OUR_NUMBER}, (400, 21617)),
        ({"To": OUR_NUMBER, "Body": "x", "From": OUR_NUMBER}, (400, 21266)),
        ({"To": ZOE, "Body": "x", "From": OUR_NUMBER, "StatusCallback": "x"}, (400, 21609)),
    ],
)
def test_a_bad_send_is_refused_like_twilio_does(twilio, client, form, expected):
    """Each refusal has its own code, which the product classifies."""
    assert error(client.twilio("POST", "/Messages.json", data=form)) == expected


def test_a_wrong_token_is_error_20003(twilio, client):
    """The product stops an account on this."""
    assert error(client.twilio("GET", ".json", token="old")) == (401, 20003)
    assert client.twilio("GET", ".json").json()["status"] == "active"


def test_stop_blocks_the_number_until_start(twilio, client, receiver):
    """The webhook still comes, and later sends fail with 21610."""
    twilio.control.customer_sends(ZOE, text=" stop ")
    blocked = client.sms(ZOE, "hi", From=OUR_NUMBER)
    twilio.control.customer_sends(ZOE, text="START")
    allowed = client.sms(ZOE, "hi", From=OUR_NUMBER)

    assert error(blocked) == (400, 21610)
    assert allowed.status_code == 201
    assert [r.form["Body"] for r in receiver.wait(2)] == [" stop ", "START"]
    assert "OptOutType" not in receiver.received[0].form
    replies = [m.text[:26] for m in twilio.control.thread(ZOE) if m.source == "network"]
    assert replies == ["You have successfully been"] * 2


def test_advanced_opt_out_is_told(twilio, receiver):
    """With that feature the product can trust a parameter instead of the text."""
    twilio.state.account("twilio").advanced_opt_out = True

    twilio.control.customer_sends(ZOE, text="Stop")

    assert receiver.wait()[0].form["OptOutType"] == "STOP"


def test_an_unknown_number_gets_a_phone(twilio, client):
    """Twilio sends to any number; the tester finds the message on a new phone."""
    client.sms("+15557770000", "hi", From=OUR_NUMBER)

    assert [m.text for m in twilio.control.thread("+15557770000")] == ["hi"]


@pytest.mark.parametrize(
    ("text", "count"),
    [("a" * 160, 1), ("a" * 161, 2), ("€" * 81, 2), ("ż" * 70, 1), ("😀" * 36, 2), ("ż" * 135, 3)],
)
def test_segments_are_counted_like_carriers_do(text, count):
    """Prices depend on it."""
    assert segments(text) == count


# === READING === #


def test_the_list_is_filtered_and_paged_newest_first(twilio, client, sandbox):
    """Gap repair reads this list page by page."""
    twilio.state.change_settings({"sms_progress": False})
    for number in range(3):
        twilio.control.customer_sends(ZOE, text=f"m{number}", timestamp=f"2026-11-0{number + 1}")
    client.sms(ZOE, "out", From=OUR_NUMBER)

    query = f"/Messages.json?To={OUR_NUMBER.replace('+', '%2B')}&DateSent>=2026-11-02&PageSize=1"
    first = client.twilio("GET", query).json()
    following = f"{sandbox.url}/twilio{first['next_page_uri']}"
    second = requests.get(following, auth=(TWILIO_SID, TWILIO_TOKEN)).json()

    assert [m["body"] for m in first["messages"]] == ["m2"]
    assert [m["body"] for m in second["messages"]] == ["m1"]
    assert second["next_page_uri"] is None
    assert first["messages"][0]["direction"] == "inbound"
