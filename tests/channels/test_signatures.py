"""Webhook signatures: published vectors, and signatures made here by hand, never by our code."""

import base64
import hashlib
import hmac
import json

import pytest

from omnichannel_connector.channels.errors import SignatureError
from omnichannel_connector.channels.meta import verify_signature

from .support import SECRET, SHARED, WEBHOOK, make_adapter, make_request

META_VECTORS = SHARED / "meta_signatures" / "x_hub_signature_256.json"
TWILIO_VECTORS = [
    SHARED / "twilio" / "signature_vectors.json",
    SHARED / "twilio" / "signature_vectors_sharedkey_sha256.json",
]
BODY = b'{"object":"instagram","entry":[]}'


def vectors(*paths):
    found = [vector for path in paths if path.exists() for vector in json.loads(path.read_text())]
    return found or [pytest.param(None, marks=pytest.mark.skip("no shared vectors here"))]


def is_valid(check, *args):
    try:
        check(*args)
    except SignatureError:
        return False
    return True


def name_of(vector):
    return vector and vector["name"]


# === META === #


def hub_header(secret, body=BODY, prefix="sha256="):
    return prefix + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def hub_request(header, body=BODY):
    headers = {} if header is None else {"x-hub-signature-256": header}
    return make_request(body=body, headers=headers)


@pytest.mark.parametrize("vector", vectors(META_VECTORS), ids=name_of)
def test_a_published_hub_vector_is_judged_as_published(vector):
    valid = is_valid(
        verify_signature, vector["raw_body"].encode(), vector["header"], (vector["secret"],)
    )

    # None: left to us. Meta sends lower case, so anything else is refused.
    assert valid is bool(vector["valid"])


def test_the_documented_hub_vector_is_accepted():
    # https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    verify_signature(
        b"Hello, World!",
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        ("It's a Secret to Everybody",),
    )


def test_any_one_of_several_app_secrets_is_enough():
    adapter = make_adapter("instagram", signing_secrets=("old", "", "new"))

    adapter.verify(hub_request(hub_header("old")))
    adapter.verify(hub_request(hub_header("new")))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        hub_header("stranger"),
        hub_header(SECRET, prefix=""),
        hub_header(SECRET, prefix="sha1="),
        hub_header(SECRET, prefix="SHA256="),
        hub_header(SECRET, BODY + b" "),
        hub_header(SECRET) + "0",
        "sha256=ä",
    ],
)
def test_a_missing_foreign_or_malformed_hub_signature_is_refused(header):
    with pytest.raises(SignatureError):
        make_adapter("instagram").verify(hub_request(header))


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_an_app_secret_nothing_is_accepted(secrets):
    """An empty key is a valid HMAC key: whoever guesses that nothing is set could sign."""
    with pytest.raises(SignatureError):
        make_adapter("instagram", signing_secrets=secrets).verify(hub_request(hub_header("")))


# === TWILIO === #


def twilio_signature(secret, url, form=(), digest="sha1"):
    text = url + "".join(name + value for name, value in sorted(form))
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), digest).digest()).decode()


def twilio_request(signature, *, url=WEBHOOK, form=(), body=b"", settings=None):
    headers = {"x-twilio-signature": signature}
    if settings is not None:
        headers["x-twilio-webhooks-signature-settings"] = settings
    return make_request(url=url, form=form, body=body, headers=headers)


FORM = (("AccountSid", "AC1"), ("Body", "größe 40 "), ("Empty", ""), ("MessageSid", "SM1"))


def sms_adapter(**settings):
    return make_adapter("sms", **{"external_id": "AC1", **settings})


def pairs(params):
    for name, value in (params or {}).items():
        for item in value if isinstance(value, list) else [value]:
            yield name, item


@pytest.mark.parametrize("code", ["sms", "voice"])
@pytest.mark.parametrize("vector", vectors(*TWILIO_VECTORS), ids=name_of)
def test_a_published_twilio_vector_is_judged_as_published(vector, code):
    secret = vector.get("auth_token") or vector["secret"]
    adapter = make_adapter(code, external_id="AC1", signing_secrets=(secret,))
    request = twilio_request(
        vector["signature"],
        url=vector["request_url"],
        form=tuple(pairs(vector["params"])),
        body=(vector["raw_body"] or "").encode(),
        settings=vector.get("settings_header"),
    )

    assert is_valid(adapter.verify, request) is vector["valid"]


def test_the_documented_twilio_vector_is_accepted():
    # https://www.twilio.com/docs/usage/security#validating-requests
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    request = twilio_request(
        "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        url="https://mycompany.com/myapp.php?foo=1&bar=2",
        form=form.items(),
    )

    sms_adapter(signing_secrets=("12345",)).verify(request)


def test_a_status_callback_url_is_signed_with_its_query():
    url = WEBHOOK + "?delivery=0b0e6d0e"

    sms_adapter().verify(twilio_request(twilio_signature(SECRET, url, FORM), url=url, form=FORM))
    with pytest.raises(SignatureError):
        sms_adapter().verify(
            twilio_request(twilio_signature(SECRET, WEBHOOK, FORM), url=url, form=FORM)
        )


@pytest.mark.parametrize(
    ("signed", "called"),
    [
        ("https://h.example:443/x", "https://h.example/x"),
        ("https://h.example/x", "https://h.example:8443/x"),
        ("http://h.example:80/x", "http://h.example/x"),
        ("https://u:p@h.example/x", "https://u:p@h.example:8443/x"),
        ("https://u:p@h.example:443/x", "https://u:p@h.example/x"),
        ("https://[2001:db8::1]:443/x", "https://[2001:db8::1]/x"),
        ("https://h.example/x?a=It%27s", "https://h.example/x?a=It's"),
        ("https://h.example/x", "https://h.example/x#rc=3&rp=all"),
    ],
)
def test_twilio_may_have_signed_another_form_of_the_same_url(signed, called):
    request = twilio_request(twilio_signature(SECRET, signed, FORM), url=called, form=FORM)

    sms_adapter().verify(request)


@pytest.mark.parametrize("called", ["https://h.example:444/x", "https://other.example/x"])
def test_twilio_may_not_have_signed_another_address(called):
    signature = twilio_signature(SECRET, "https://h.example:445/x", FORM)

    with pytest.raises(SignatureError):
        sms_adapter().verify(twilio_request(signature, url=called, form=FORM))


def test_the_settings_header_chooses_the_algorithm():
    sha256 = twilio_signature(SECRET, WEBHOOK, FORM, "sha256")

    def check(settings):
        return is_valid(sms_adapter().verify, twilio_request(sha256, form=FORM, settings=settings))

    assert check("key=k1,algorithm=HMAC_SHA256")
    assert check("key=k1, algorithm = hmac_sha256")
    assert not check(None)
    assert not check("")
    assert not check("key=k1")
    assert not check("algorithm=")
    assert not check("key=k1,algorithm=HMAC_SHA512")
    assert not check("key=k1,algorithm=none")


def test_any_one_of_several_auth_tokens_is_enough():
    adapter = sms_adapter(signing_secrets=("old", "", "new"))

    adapter.verify(twilio_request(twilio_signature("old", WEBHOOK, FORM), form=FORM))
    adapter.verify(twilio_request(twilio_signature("new", WEBHOOK, FORM), form=FORM))


@pytest.mark.parametrize("code", ["sms", "voice"])
def test_an_account_with_nothing_but_a_shared_key_takes_no_older_signature(code):
    adapter = make_adapter(code, external_id="AC1", signing_secrets=(f"sha256:{SECRET}",))
    older = twilio_signature(SECRET, WEBHOOK, FORM)
    newer = twilio_signature(SECRET, WEBHOOK, FORM, "sha256")

    def check(signature, settings=None):
        return is_valid(adapter.verify, twilio_request(signature, form=FORM, settings=settings))

    assert check(newer, "key=k1,algorithm=HMAC_SHA256")
    assert not check(older)
    assert not check(older, "key=k1,algorithm=HMAC_SHA1")
    assert not check(newer)


def test_while_an_account_moves_to_a_shared_key_both_kinds_are_good():
    adapter = sms_adapter(signing_secrets=(SECRET, "sha256:new"))

    adapter.verify(twilio_request(twilio_signature(SECRET, WEBHOOK, FORM), form=FORM))
    adapter.verify(
        twilio_request(
            twilio_signature("new", WEBHOOK, FORM, "sha256"),
            form=FORM,
            settings="key=k1,algorithm=HMAC_SHA256",
        )
    )
    with pytest.raises(SignatureError):
        adapter.verify(twilio_request(twilio_signature("new", WEBHOOK, FORM), form=FORM))


@pytest.mark.parametrize("signature", ["", "ä", twilio_signature("stranger", WEBHOOK, FORM)])
def test_a_missing_foreign_or_malformed_twilio_signature_is_refused(signature):
    with pytest.raises(SignatureError):
        sms_adapter().verify(twilio_request(signature, form=FORM))


@pytest.mark.parametrize("secrets", [(), ("",), ("sha256:",)])
def test_without_an_auth_token_nothing_is_accepted(secrets):
    request = twilio_request(twilio_signature("", WEBHOOK, FORM), form=FORM)

    with pytest.raises(SignatureError):
        sms_adapter(signing_secrets=secrets).verify(request)


def test_a_body_that_is_no_form_needs_its_hash_in_the_signed_url():
    url = f"{WEBHOOK}?bodySHA256={hashlib.sha256(BODY).hexdigest()}"
    signature = twilio_signature(SECRET, url)

    sms_adapter().verify(twilio_request(signature, url=url, body=BODY))
    for request in (
        twilio_request(signature, url=url, body=BODY + b" "),
        twilio_request(twilio_signature(SECRET, WEBHOOK), body=BODY),
    ):
        with pytest.raises(SignatureError):
            sms_adapter().verify(request)


@pytest.mark.parametrize("external_id", ["AC2", ""])
def test_a_well_signed_request_about_another_account_is_refused(external_id):
    request = twilio_request(twilio_signature(SECRET, WEBHOOK, FORM), form=FORM)

    with pytest.raises(SignatureError):
        sms_adapter(external_id=external_id).verify(request)


def test_an_account_without_an_id_gets_nothing_not_even_a_callback_without_one():
    form = (("MessageSid", "SM1"), ("MessageStatus", "sent"))
    request = twilio_request(twilio_signature(SECRET, WEBHOOK, form), form=form)

    sms_adapter().verify(request)
    with pytest.raises(SignatureError):
        sms_adapter(external_id="").verify(request)
