"""Twilio's numbers, pools, media and limits."""

import pytest
import requests

from .conftest import OUR_NUMBER, TWILIO_SID, TWILIO_TOKEN
from .test_twilio import ZOE, error

SERVICE = "MG" + "1" * 32
POOL = ["+15550001001", "+15550001002", "+15550001003"]


@pytest.fixture
def pool(twilio):
    """A messaging service with three numbers and a customer who wrote to the last of them."""
    account = twilio.state.account("twilio")
    account.numbers.extend(POOL)
    account.services[SERVICE] = POOL
    twilio.control.customer_sends(ZOE, text="hi", number=POOL[2])
    return account


def test_a_pool_keeps_the_number_that_the_customer_knows(pool, client, twilio):
    """Answers from another number would look like a stranger's."""
    senders = {client.sms(ZOE, "hi", MessagingServiceSid=SERVICE).json()["sid"] for _ in range(3)}

    shown = [client.twilio("GET", f"/Messages/{sid}.json").json()["from"] for sid in senders]
    new = client.sms("+15557770000", "hi", MessagingServiceSid=SERVICE)
    assert set(shown) == {POOL[2]}
    assert new.json()["from"] is None
    assert twilio.control.thread("+15557770000")[0].sender in POOL


def test_a_service_can_have_an_address_of_its_own(pool, client, receiver, twilio):
    """Its numbers' own addresses are not called then."""
    pool.service_urls[SERVICE] = f"{receiver.url}/service"

    twilio.control.customer_sends(ZOE, text="hi", number=POOL[0])

    assert receiver.wait(2)[1].path == "/hook/service"
    assert receiver.received[1].form["MessagingServiceSid"] == SERVICE


def test_a_service_can_be_asked_for_its_numbers(pool, client, receiver):
    """Its addresses have no account in them."""
    url = f"{client.url}/v1/Services/{SERVICE}"
    login = (TWILIO_SID, TWILIO_TOKEN)

    before = requests.get(url, auth=login).json()
    requests.post(url, auth=login, data={"InboundRequestUrl": receiver.url})
    numbers = requests.get(f"{url}/PhoneNumbers?PageSize=400", auth=login).json()

    assert before["use_inbound_webhook_on_number"] is True
    assert requests.get(url, auth=login).json()["inbound_request_url"] == receiver.url
    assert [row["phone_number"] for row in numbers["phone_numbers"]] == POOL
    assert requests.get(f"{url}1", auth=login).status_code == 404


def test_the_address_of_a_number_can_be_set(twilio, client, receiver):
    """The set-up of the product does it, and from then on this address is called."""
    listed = client.twilio("GET", "/IncomingPhoneNumbers.json", params={"PhoneNumber": OUR_NUMBER})
    (number,) = listed.json()["incoming_phone_numbers"]
    new = {"SmsUrl": f"{receiver.url}/new", "VoiceUrl": f"{receiver.url}/voice"}

    path = f"/IncomingPhoneNumbers/{number['sid']}.json"
    changed = client.twilio("POST", path, data=new).json()
    twilio.control.customer_sends(ZOE, text="hi")

    assert (changed["sms_url"], changed["voice_url"]) == (new["SmsUrl"], new["VoiceUrl"])
    assert receiver.wait()[0].path == "/hook/new"
    assert error(client.twilio("POST", path, data={"SmsUrl": "no"})) == (400, 21402)
    other = client.twilio("GET", "/IncomingPhoneNumbers.json", params={"PhoneNumber": "+1"})
    assert other.json()["incoming_phone_numbers"] == []


def test_files_of_a_message_are_listed_and_behind_a_login(twilio, client):
    """Gap repair finds them here, with their types."""
    urls = [client.control("POST", f"media?name={name}")["url"] for name in ("a.png", "b.pdf")]
    attachments = [
        {"url": urls[0], "type": "image/png"},
        {"url": urls[1], "type": "application/pdf"},
    ]
    sent = client.control("POST", f"customers/{ZOE}/messages", attachments=attachments)

    path = f"/Messages/{sent['message']['id']}/Media"
    listed = client.twilio("GET", f"{path}.json").json()["media_list"]
    url = sent["message"]["attachments"][1]["url"]
    redirect = requests.get(url, auth=(TWILIO_SID, TWILIO_TOKEN), allow_redirects=False)

    assert [one["content_type"] for one in listed] == ["image/png", "application/pdf"]
    assert url.endswith(f"{path}/{listed[1]['sid']}")
    assert (redirect.status_code, redirect.headers["Location"]) == (307, urls[1])
    assert requests.get(url, auth=(TWILIO_SID, "wrong")).status_code == 401


def test_calls_a_second_are_counted(twilio, client):
    """What is refused was not sent."""
    client.control("POST", "settings", twilio_rate=2, rate_block=1)

    answers = [client.sms(ZOE, f"m{number}", From=OUR_NUMBER) for number in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert error(answers[2]) == (429, 20429)
    assert answers[2].headers["Retry-After"] == "1"
    assert [message.text for message in twilio.control.thread(ZOE)] == ["m0", "m1"]


def test_a_suspended_account_fails_later(twilio, client, receiver):
    """The call is taken, the callback tells."""
    twilio.state.account("twilio").status = "suspended"

    client.sms(ZOE, "hi", From=OUR_NUMBER, StatusCallback=receiver.url)

    form = receiver.wait()[0].form
    assert (form["MessageStatus"], form["ErrorCode"]) == ("failed", "30002")
    assert client.twilio("GET", ".json").json()["status"] == "suspended"
