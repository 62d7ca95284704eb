"""What Instagram is asked: past messages, the state of the account, a new token."""

import json
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

from omnichannel_connector.channels.errors import (
    AccountError,
    FetchError,
    MediaRefused,
    OutcomeUnknown,
    Rejected,
    SendError,
)
from omnichannel_connector.channels.events import (
    Action,
    Finding,
    Kind,
    Level,
    Media,
    MediaRef,
    OutboundMedia,
    OutboundMessage,
    OutboundPart,
    SendResult,
)
from omnichannel_connector.channels.instagram_api import FIELDS, PAGE_API_URL, PAGE_FIELDS

from .support import TOKEN, make_adapter

US, CUSTOMER, PAGE = "17841400000009001", "7700000000000101", "100000000009009"
NOON = datetime(2026, 3, 8, 12, tzinfo=timezone.utc)


def at(minutes):
    return (NOON + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S+0000")


def written(mid, minutes, *, by=CUSTOMER, to=US, **values):
    return {
        "id": mid,
        "created_time": at(minutes),
        "from": {"id": by, "username": "x"},
        "to": {"data": [{"id": to}]},
        **values,
    }


def sent(mid, minutes, **values):
    return written(mid, minutes, by=US, to=CUSTOMER, **values)


def conversation(minutes, *messages):
    return {"id": "c", "updated_time": at(minutes), "messages": {"data": list(messages)}}


def serve(provider, **answers):
    """Answer by the last part of the path; a list of answers is used up one by one."""

    def answer(handler):
        found = answers[urlsplit(handler.path).path.rpartition("/")[2]]
        found = found.pop(0) if isinstance(found, list) else found
        status, value = found if isinstance(found, tuple) else (200, found)
        content = json.dumps(value).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    provider.answer = answer
    return make_adapter("instagram", api_url=provider.url + "/v26.0")


def query(call):
    parts = urlsplit(call[1])
    return parts.path, {name: value[0] for name, value in parse_qs(parts.query).items()}


def refusal(code, text="no", status=400):
    return status, {"error": {"code": code, "message": text}}


def attempt(text="Hello", **values):
    return OutboundMessage("uuid", CUSTOMER, OutboundPart(text), **values)


# === LOOKING UP AN ATTEMPT === #


def test_an_attempt_is_found_by_its_text_oldest_first(provider):
    messages = [
        sent("m5", 5, message="Hello"),
        written("m4", 4, message="Hello"),  # the customer said the same
        sent("m3", 3, message="Other"),
        sent("m2", 2, message=" Hello\n"),
        sent("m1", -9, message="Hello"),  # before
    ]
    adapter = serve(provider, conversations={"data": [conversation(5, *messages)]})

    found = adapter.look_up(attempt(), NOON)

    assert found == [SendResult(mid, recipient=CUSTOMER) for mid in ("m2", "m5")]
    ((path, params),) = map(query, provider.calls)
    assert path == "/v26.0/me/conversations"
    assert (params["platform"], params["user_id"]) == ("instagram", CUSTOMER)
    assert TOKEN not in provider.calls[0][1]


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [("image/png", ["m1"]), ("video/mp4", ["m2"]), ("application/pdf", ["m1", "m2", "m3"])],
)
def test_a_file_is_found_by_its_kind(provider, content_type, expected):
    url = {"url": "https://cdn.example/a"}
    files = [{"image_data": url}, {"video_data": url}, {"mime_type": "application/pdf"}]
    messages = [sent(f"m{n}", n, attachments={"data": [f]}) for n, f in enumerate(files, 1)]
    adapter = serve(provider, conversations={"data": [conversation(5, *messages)]})
    media = OutboundMedia("https://files.example/a", content_type)

    found = adapter.look_up(OutboundMessage("uuid", CUSTOMER, OutboundPart(media=media)), NOON)

    assert [result.external_id for result in found] == expected


def test_a_conversation_that_shows_everything_proves_that_nothing_was_sent(provider):
    messages = [written("m2", 2, message="Hi"), {"id": "m1"}, sent("m0", -5, message="Hello")]
    adapter = serve(provider, conversations={"data": [conversation(5, *messages)]})

    assert adapter.look_up(attempt(), NOON) == []


def test_no_conversation_proves_it_too(provider):
    assert serve(provider, conversations={"data": []}).look_up(attempt(), NOON) == []


@pytest.mark.parametrize(
    "messages",
    [
        [written(f"m{n}", n, message="Hi") for n in range(20)],
        [written("m2", 2, message="Hi"), {"id": "m1"}],
    ],
)
def test_a_conversation_that_hides_its_older_messages_proves_nothing(provider, messages):
    adapter = serve(provider, conversations={"data": [conversation(5, *messages)]})

    with pytest.raises(OutcomeUnknown):
        adapter.look_up(attempt(), NOON)


@pytest.mark.parametrize("action", [each for each in Action if each is not Action.MESSAGE])
def test_what_leaves_no_record_is_not_looked_up(provider, action):
    assert (
        make_adapter("instagram", api_url=provider.url).look_up(attempt(action=action), NOON) == []
    )
    assert provider.calls == []


def test_a_private_answer_to_somebody_unknown_cannot_be_looked_up(provider):
    message = OutboundMessage("uuid", "", OutboundPart("Hello"), comment_id="17")

    with pytest.raises(OutcomeUnknown):
        make_adapter("instagram", api_url=provider.url).look_up(message, NOON)


@pytest.mark.parametrize("answer", [refusal(190, status=401), (200, {}), (200, [1])])
def test_a_provider_that_does_not_answer_proves_nothing(provider, answer):
    with pytest.raises(SendError):
        serve(provider, conversations=answer).look_up(attempt(), NOON)


# === LISTING WHAT HAPPENED === #


def listed(adapter, since=NOON):
    return [
        (raw, adapter.parse(json.loads(json.dumps(raw.payload))))
        for raw in adapter.list_since(since)
    ]


def test_what_happened_is_told_as_the_webhook_would_have(provider):
    messages = [
        sent("m3", 3, message="Gladly"),
        written("m2", 2, attachments={"data": [{"image_data": {"url": "https://cdn.example/a"}}]}),
        written("m1", 1, message="Hello ä"),
        written("m0", -5, message="old"),
        {"id": "hidden"},
    ]
    adapter = serve(
        provider,
        me={"id": "5", "user_id": US},
        conversations={"data": [conversation(3, *messages)]},
    )

    found = listed(adapter)

    assert [raw.key for raw, _ in found] == ["message:m1", "message:m2", "echo:m3"]
    assert {raw.customer for raw, _ in found} == {CUSTOMER}
    assert {raw.recipients for raw, _ in found} == {(US,)}
    first, second, third = (event for _, event in found)
    assert all(event.is_recovered for event in (first, second, third))
    assert (first.kind, first.text, first.occurred_at) == (
        Kind.MESSAGE,
        "Hello ä",
        NOON + timedelta(minutes=1),
    )
    assert second.attachments == (MediaRef("image", "https://cdn.example/a"),)
    assert (third.is_echo, third.identity) == (True, CUSTOMER)
    assert len(provider.calls) == 2


def test_all_that_the_api_shows_of_a_message_is_taken(provider):
    files = [
        {"video_data": {"url": "https://cdn.example/v"}},
        {"mime_type": "audio/mp4", "file_url": "https://cdn.example/s"},
        {"mime_type": "application/pdf", "file_url": "https://cdn.example/f"},
        {"name": "nothing"},
    ]
    messages = [
        written("m4", 4, is_unsupported=True),
        written("m3", 3, story={"mention": {"link": "https://cdn.example/m", "id": "1"}}),
        written("m2", 2, message="Wow", story={"reply_to": {"link": "https://cdn.example/r"}}),
        written(
            "m1", 1, attachments={"data": files}, shares={"data": [{"link": "https://x.example/"}]}
        ),
    ]
    adapter = serve(provider, me={}, conversations={"data": [conversation(3, *messages)]})

    kinds = [
        [(ref.kind, ref.is_fleeting) for ref in event.attachments] for _, event in listed(adapter)
    ]

    assert kinds == [
        [("video", False), ("audio", False), ("file", False), ("file", False), ("share", False)],
        [("story_reply", True)],
        [("story_mention", True)],
        [("unsupported", False)],
    ]


def test_our_side_may_have_another_id_in_conversations(provider):
    messages = [written("m2", 2, to="5", message="a"), written("m1", 1, by="5", to=CUSTOMER)]
    adapter = serve(
        provider,
        me={"id": "5", "user_id": US},
        conversations={"data": [conversation(3, *messages)]},
    )

    assert [(raw.key, raw.customer) for raw, _ in listed(adapter)] == [
        ("echo:m1", CUSTOMER),
        ("message:m2", CUSTOMER),
    ]


def test_a_message_between_others_is_left_out(provider):
    messages = [written("m2", 2, to="9"), {**written("m1", 1), "from": None}]
    adapter = serve(provider, me={}, conversations={"data": [conversation(3, *messages)]})

    assert listed(adapter) == []


def test_pages_are_read_only_while_they_are_new_enough(provider):
    def page(minutes, mid, **paging):
        return {"data": [conversation(minutes, written(mid, minutes))], "paging": paging}

    more = {"cursors": {"after": "CURSOR"}, "next": "https://evil.example/?access_token=x"}
    answers = [page(9, "m9", **more), page(-60, "m0", **more), page(-90, "never", **more)]
    adapter = serve(provider, me={}, conversations=answers)

    assert [raw.key for raw, _ in listed(adapter)] == ["message:m9"]
    _me, first, second = map(query, provider.calls)
    assert "after" not in first[1]
    assert second[1]["after"] == "CURSOR"


def test_a_list_that_goes_in_a_circle_ends(provider):
    paging = {"cursors": {"after": "SAME"}, "next": "x"}
    adapter = serve(provider, me={}, conversations={"data": [], "paging": paging})

    assert listed(adapter) == []
    assert len(provider.calls) == 101


def test_a_refused_list_is_a_send_error(provider):
    with pytest.raises(AccountError):
        list(serve(provider, me=refusal(190, status=401)).list_since(NOON))


# === THE SELF-TEST === #


def subscribed(*names):
    return {"data": [{"id": "app", "subscribed_fields": list(names)}]}


GOOD = {
    "me": {"id": "5", "user_id": US, "username": "shop", "account_type": "BUSINESS"},
    "conversations": {"data": []},
    "subscribed_apps": subscribed(*FIELDS),
}


def levels(findings):
    return {finding.check: finding.level for finding in findings}


def test_an_account_that_works_is_found_good(provider):
    findings = serve(provider, **GOOD).check()

    assert levels(findings) == dict.fromkeys(
        ("credentials", "sender", "permissions", "subscription"), Level.OK
    )
    assert TOKEN not in repr(provider.calls[0][1]) + repr(findings)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"me": {"user_id": "9"}}, Finding("sender", Level.FAILED, "9")),
        (
            {"me": {"user_id": US, "account_type": "PERSONAL"}},
            Finding("sender", Level.FAILED, "PERSONAL"),
        ),
        (
            {"conversations": refusal(200, "Permission missing", 403)},
            Finding("permissions", Level.FAILED, "200: Permission missing"),
        ),
        (
            {"conversations": (503, {})},
            Finding("permissions", Level.WARNING, "http_503: HTTP 503"),
        ),
        (
            {"subscribed_apps": {"data": []}},
            Finding("subscription", Level.FAILED, ", ".join(FIELDS)),
        ),
        (
            {"subscribed_apps": subscribed(*FIELDS[:-1])},
            Finding("subscription", Level.WARNING, FIELDS[-1]),
        ),
        (
            {"subscribed_apps": subscribed(*[f"{name}s" for name in FIELDS])},
            Finding("subscription", Level.OK),
        ),
        (
            {"subscribed_apps": {"data": [{"subscribed_fields": None}, 5, {}]}},
            Finding("subscription", Level.FAILED, ", ".join(FIELDS)),
        ),
    ],
)
def test_each_check_says_what_is_wrong(provider, changed, expected):
    findings = serve(provider, **{**GOOD, **changed}).check()

    assert expected in findings
    assert len(findings) == 4


def test_without_a_good_token_nothing_else_is_asked(provider):
    findings = serve(provider, me=refusal(190, f"bad {TOKEN}", 401)).check()

    assert findings == [Finding("credentials", Level.FAILED, "190: bad ***")]


def test_a_page_is_checked_with_its_instagram_account(provider):
    page = {"id": PAGE, "name": "Shop", "instagram_business_account": {"id": US}}
    serve(provider, **{**GOOD, "me": page, "subscribed_apps": subscribed(*PAGE_FIELDS)})
    adapter = make_adapter("instagram", api_url=provider.url, sender=PAGE)

    assert set(levels(adapter.check()).values()) == {Level.OK}


# === SUBSCRIPTION === #


def asked_fields(provider):
    return [
        parse_qs(call[3].decode())["subscribed_fields"][0].split(",") for call in provider.calls
    ]


def test_all_our_fields_are_subscribed_to(provider):
    serve(provider, subscribed_apps={"success": True}).subscribe()

    assert asked_fields(provider) == [list(FIELDS)]
    assert provider.calls[0][0] == "POST"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('Param subscribed_fields[0] must be one of {..} - got "standby".', {"standby"}),
        ("(#100) Param subscribed_fields[3] must be one of {messages, feed}", {FIELDS[3]}),
        ("Unknown field messaging_handover", {"messaging_handover"}),
        ("Something is wrong", set(FIELDS) - {"messages"}),
    ],
)
def test_a_refused_field_is_left_out_and_the_rest_kept(provider, text, left):
    serve(provider, subscribed_apps=[refusal(100, text), {"success": True}]).subscribe()

    assert asked_fields(provider)[1] == [name for name in FIELDS if name not in left]


def test_a_refusal_that_never_ends_is_reported(provider):
    with pytest.raises(Rejected):
        serve(provider, subscribed_apps=refusal(100, "Something is wrong")).subscribe()

    assert len(provider.calls) == 2


def test_without_messages_a_subscription_is_none(provider):
    with pytest.raises(Rejected):
        serve(provider, subscribed_apps=refusal(100, 'got "messages"')).subscribe()


# === TOKEN === #


def test_a_token_is_renewed_outside_of_the_versions(provider):
    adapter = serve(provider, refresh_access_token={"access_token": "new", "expires_in": 5184000})
    before = datetime.now(timezone.utc)

    token = adapter.renew()

    path, params = query(provider.calls[0])
    assert path == "/refresh_access_token"
    assert params == {"grant_type": "ig_refresh_token", "access_token": TOKEN}
    assert token.access_token == "new"
    assert timedelta(0) <= token.expires_at - before - timedelta(days=60) < timedelta(minutes=1)
    assert "new" not in repr(token)


def test_a_token_that_is_not_said_to_die_has_no_end(provider):
    adapter = serve(provider, refresh_access_token={"access_token": "new", "expires_in": "soon"})

    assert adapter.renew().expires_at is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(190, "dead", 401), AccountError),
        (refusal(100, "too young"), Rejected),
        ({}, OutcomeUnknown),
        ({"access_token": 5}, OutcomeUnknown),
    ],
)
def test_a_token_that_is_not_renewed_is_a_send_error(provider, answer, expected):
    with pytest.raises(expected):
        serve(provider, refresh_access_token=answer).renew()


def test_the_token_of_a_page_needs_no_renewal(provider):
    assert make_adapter("instagram", api_url=provider.url, sender=PAGE).renew() is None
    assert provider.calls == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "https://graph.instagram.com/v26.0"),
        ({"sender": US}, "https://graph.instagram.com/v26.0"),
        ({"sender": PAGE}, PAGE_API_URL),
        ({"sender": PAGE, "api_url": "https://graph.instagram.com/v26.0/"}, PAGE_API_URL),
        (
            {"sender": PAGE, "api_url": "https://graph.facebook.com/v25.0"},
            "https://graph.facebook.com/v25.0",
        ),
    ],
)
def test_a_page_has_its_own_host(settings, expected):
    assert make_adapter("instagram", **settings)._api_url == expected


# === FILES === #


def test_a_file_is_fetched_without_the_token(provider):
    provider.answer = (200, {"Content-Type": "image/png"}, b"pixels")
    adapter = make_adapter("instagram", api_url=provider.url + "/graph")

    media = adapter.fetch(MediaRef("image", provider.url + "/media/a.png"))

    assert media == Media(b"pixels", "image/png", "a.png")
    assert "Authorization" not in provider.calls[0][2]


@pytest.mark.parametrize(
    "media",
    [
        MediaRef("story_mention", "https://scontent.fbcdn.net/a", is_fleeting=True),
        MediaRef("ephemeral"),
        MediaRef("fallback", "https://page.example/"),
        MediaRef("image", "http://scontent.fbcdn.net/a"),
        MediaRef("image", "https://fbcdn.net.evil.example/a"),
    ],
)
def test_stories_and_foreign_addresses_are_refused(media):
    with pytest.raises(MediaRefused):
        make_adapter("instagram").fetch(media)


@pytest.mark.parametrize(
    "host",
    [
        "scontent-ams2-1.cdninstagram.com",
        "video.xx.fbcdn.net",
        "lookaside.fbsbx.com",
        "lookaside.facebook.com",
    ],
)
def test_the_hosts_of_meta_are_asked(host, monkeypatch):
    asked = []

    def send(self, request, **kwargs):
        asked.append(request.url)
        raise OSError

    monkeypatch.setattr("requests.Session.send", send)

    with pytest.raises(FetchError):
        make_adapter("instagram").fetch(MediaRef("image", f"https://{host}/a"))
    assert asked == [f"https://{host}/a"]
