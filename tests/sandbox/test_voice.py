"""Calls: what Twilio asks, what it does with TwiML, and what it tells afterwards."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest
import requests

from .conftest import OUR_NUMBER, TWILIO_SID, TWILIO_TOKEN
from .test_twilio import ZOE, error, signed

AGENT = "+15550009000"
EMPTY = "<Response/>"


class Office:
    """A product that answers each path with TwiML, and remembers what it was asked."""

    def __init__(self):
        self.twiml: dict[str, str] = {}
        self.received: list[tuple[str, dict, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def paths(self) -> list[str]:
        return [path for path, _form, _signature in self.received]

    def forms(self, path: str) -> list[dict]:
        return [form for found, form, _signature in self.received if found == path]

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def _handler(office):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = dict(parse_qsl(body, keep_blank_values=True))
                office.received.append((self.path, form, self.headers["X-Twilio-Signature"]))
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.end_headers()
                self.wfile.write(office.twiml.get(self.path, EMPTY).encode())

            def log_message(self, *args):
                pass

        return Handler


@pytest.fixture
def office(twilio):
    office = Office()
    account = twilio.state.account("twilio")
    account.voice_url = f"{office.url}/voice"
    account.voice_status_url = f"{office.url}/status"
    office.twiml["/voice"] = (
        f'<Response><Dial action="/dial" record="record-from-answer"'
        f' recordingStatusCallback="/recording"><Number statusCallback="/leg"'
        f' statusCallbackEvent="initiated ringing answered completed">{AGENT}</Number></Dial>'
        "</Response>"
    )
    office.twiml["/dial"] = (
        '<Response><Say>Please speak</Say><Record action="/voicemail" transcribe="true"'
        ' recordingStatusCallback="/recording" transcribeCallback="/text"/></Response>'
    )
    yield office
    office.close()


def call(client, customer=ZOE, **spec):
    return client.control("POST", f"customers/{customer}/calls", **{"account": OUR_NUMBER, **spec})


def test_a_call_asks_for_twiml_with_a_signed_form(office, client):
    """The product has to know who calls before the first ring."""
    result = call(client, seconds=42)

    path, form, signature = office.received[0]
    expected = {
        "CallSid": result["call"]["id"],
        "AccountSid": TWILIO_SID,
        "From": ZOE,
        "To": OUR_NUMBER,
        "Caller": ZOE,
        "Called": OUR_NUMBER,
        "CallStatus": "ringing",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "FromCity": "",
    }
    assert path == "/voice"
    assert expected.items() <= form.items()
    received = type("Received", (), {"form": form})
    assert signature == signed(f"{office.url}/voice", received, TWILIO_TOKEN)
    assert result["webhook"]["status"] == 200


def test_an_answered_call_is_told_step_by_step(office, client):
    """Both legs, the end of the Dial, the recording; only the last parts tell how long."""
    result = call(client, seconds=42)

    assert office.paths() == [
        *["/voice", "/leg", "/leg", "/leg", "/leg", "/dial", "/status", "/recording"]
    ]
    legs = office.forms("/leg")
    statuses = ["initiated", "ringing", "in-progress", "completed"]
    assert [leg["CallStatus"] for leg in legs] == statuses
    assert [leg["SequenceNumber"] for leg in legs] == ["0", "1", "2", "3"]
    assert {leg["ParentCallSid"] for leg in legs} == {result["call"]["id"]}
    assert (legs[0]["Direction"], legs[0]["To"]) == ("outbound-dial", AGENT)
    assert (legs[3]["CallDuration"], legs[3]["Duration"]) == ("42", "1")
    (dial,) = office.forms("/dial")
    assert (dial["DialCallStatus"], dial["DialCallDuration"]) == ("completed", "42")
    assert dial["DialCallSid"] == legs[0]["CallSid"]
    (status,) = office.forms("/status")
    assert (status["CallStatus"], status["CallDuration"]) == ("completed", "42")
    (recording,) = office.forms("/recording")
    assert (recording["RecordingStatus"], recording["RecordingDuration"]) == ("completed", "42")
    assert result["call"]["phase"] == "over"


@pytest.mark.parametrize("outcome", ["no-answer", "busy", "failed"])
def test_a_missed_call_leaves_a_voicemail(office, client, outcome):
    """The parent is completed all the same: only the Dial tells that nobody answered."""
    result = call(client, outcome=outcome, voicemail=7, transcript="Call me")

    (dial,) = office.forms("/dial")
    assert dial["DialCallStatus"] == outcome
    assert "DialCallDuration" not in dial
    (voicemail,) = office.forms("/voicemail")
    (text,) = office.forms("/text")
    assert (voicemail["RecordingDuration"], voicemail["Digits"]) == ("7", "hangup")
    assert (text["TranscriptionText"], text["TranscriptionStatus"]) == ("Call me", "completed")
    assert text["RecordingSid"] == voicemail["RecordingSid"]
    assert office.forms("/status")[0]["CallStatus"] == "completed"
    assert result["call"]["legs"][0]["status"] == outcome


def test_a_caller_who_hangs_up_leaves_nothing(office, client):
    """Neither in the ringing nor at the beep."""
    ringing = call(client, outcome="hangup")
    silent = call(client, outcome="no-answer", record=False)

    assert [dial["DialCallStatus"] for dial in office.forms("/dial")] == ["no-answer"] * 2
    assert office.forms("/dial")[0]["CallStatus"] == "completed"
    assert not office.forms("/voicemail")
    assert ringing["call"]["recordings"] == silent["call"]["recordings"] == []


def test_a_call_can_be_led_by_hand(office, client):
    """A test looks at the ringing before somebody answers."""
    ringing = call(client, steps="manual")["call"]
    early = office.paths()
    answered = client.control("POST", f"calls/{ringing['legs'][0]['id']}/answer")["call"]
    wrong = client.control("POST", f"calls/{ringing['id']}/decline")
    ended = client.control("POST", f"calls/{ringing['id']}/hangup", seconds=90)["call"]

    assert early == ["/voice", "/leg", "/leg"]
    assert (ringing["phase"], answered["phase"], ended["phase"]) == ("ringing", "talking", "over")
    assert wrong["error"] == "the call is talking: hangup, end is possible"
    assert office.forms("/leg")[-1]["Duration"] == "2"
    assert ended["status"] == "completed"


def test_an_anonymous_caller_has_no_number(office, client):
    """The product must not take the placeholder for a customer."""
    call(client, anonymous=True)
    call(client, anonymous="+266696687")

    assert [form["From"] for form in office.forms("/voice")] == ["anonymous", "+266696687"]


@pytest.mark.parametrize(
    ("twiml", "status"),
    [
        ("<Response/>", "completed"),
        ("", "completed"),
        ("no xml", "completed"),
        ("<Response><Hangup/></Response>", "completed"),
        ("<Response><Reject/></Response>", "no-answer"),
        ('<Response><Reject reason="busy"/></Response>', "busy"),
        ("<Response><Say>Hi</Say></Response>", "completed"),
    ],
)
def test_short_twiml_ends_the_call(office, client, twiml, status):
    """What the product answers decides, and its mistakes are seen in the log."""
    office.twiml["/voice"] = twiml

    assert call(client)["call"]["status"] == status
    assert office.forms("/status")[0]["CallStatus"] == status


def test_a_bad_answer_is_logged(office, client, sandbox):
    """Callers hear of an application error; the tester reads which."""
    office.twiml["/voice"] = "<Response><Dance/></Response>"

    call(client)

    (entry,) = sandbox.log.entries(kind="call", change="application error")
    assert entry["error"] == "12200: Dance is not known"


def test_callbacks_can_come_in_another_order(office, client):
    """The product fills in one entry, whatever comes first."""
    client.control("POST", "faults", call="webhook.call_status", action="hold", times="always")

    call(client, seconds=5)
    before = office.paths()
    client.control("POST", "webhooks/release", order="reverse", sync=True)

    assert before == ["/voice", "/dial", "/recording"]
    assert office.paths()[3:] == ["/status", *["/leg"] * 4]
    statuses = ["completed", "in-progress", "ringing", "initiated"]
    assert [form["CallStatus"] for form in office.forms("/leg")] == statuses


def test_recordings_are_behind_a_login(office, client):
    """A link alone gives nothing away."""
    url = call(client)["call"]["recordings"][0]["id"]
    url = f"{client.url}/twilio/2010-04-01/Accounts/{TWILIO_SID}/Recordings/{url}.mp3"

    answer = requests.get(url, auth=(TWILIO_SID, TWILIO_TOKEN))

    assert requests.get(url).status_code == 401
    assert answer.headers["Content-Type"] == "audio/mpeg"
    assert answer.content.startswith(b"\xff\xfb")
    assert client.twilio("GET", "/Recordings.json").json()["recordings"][0]["duration"] == "30"


def test_calls_are_listed_with_their_legs(office, client):
    """Gap repair reads what no webhook told."""
    call(client, outcome="busy")
    call(client)

    legs = client.twilio("GET", "/Calls.json", params={"To": AGENT, "PageSize": 1}).json()
    parents = client.twilio("GET", "/Calls.json", params={"From": ZOE, "To": OUR_NUMBER}).json()
    one = client.twilio("GET", f"/Calls/{legs['calls'][0]['sid']}.json").json()

    assert legs["next_page_uri"]
    assert [found["status"] for found in parents["calls"]] == ["completed", "completed"]
    assert one["parent_call_sid"] == parents["calls"][0]["sid"]
    assert (one["direction"], one["duration"]) == ("outbound-dial", "30")


def test_the_business_can_call(office, client, twilio):
    """The customer's phone rings first, then the TwiML is asked for."""
    events = ["initiated", "ringing", "answered", "completed"]
    form = {
        "To": ZOE,
        "From": OUR_NUMBER,
        "Url": f"{office.url}/voice",
        "StatusCallback": f"{office.url}/out",
        "StatusCallbackEvent": events,
    }

    answer = client.twilio("POST", "/Calls.json", data=form)
    twilio.log.wait(kind="webhook", url=f"{office.url}/out", event="call_status", count=4)

    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    told = [form["CallStatus"] for form in office.forms("/out")]
    assert told == ["initiated", "ringing", "in-progress", "completed"]
    assert office.forms("/voice")[0]["Direction"] == "outbound-api"
    refused = client.twilio("POST", "/Calls.json", data={**form, "From": "+15551112222"})
    assert error(refused) == (400, 21210)


def test_a_customer_need_not_answer(office, client, twilio):
    """Then no TwiML is asked for."""
    twilio.control.add_customer("twilio", number=ZOE, call_outcome={"outcome": "busy"})
    form = {"To": ZOE, "From": OUR_NUMBER, "Url": f"{office.url}/voice"}
    form["StatusCallback"] = f"{office.url}/out"

    client.twilio("POST", "/Calls.json", data=form)
    twilio.log.wait(kind="webhook", event="call_status")

    assert office.paths() == ["/out"]
    assert office.forms("/out")[0]["CallStatus"] == "busy"


def test_a_ringing_call_can_be_ended_by_the_api(office, client):
    """Our client hangs up for the caller."""
    sid = call(client, steps="manual")["call"]["id"]

    client.twilio("POST", f"/Calls/{sid}.json", data={"Status": "completed"})

    assert client.control("GET", f"calls/{sid}")["status"] in ("in-progress", "completed")
    assert error(client.twilio("POST", f"/Calls/{sid}.json", data={"Status": "x"})) == (400, 21218)
