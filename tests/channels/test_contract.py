"""What every adapter promises, whatever its provider."""

import subprocess
import sys
from dataclasses import fields

import pytest

from omnichannel_connector.channels import ADAPTERS
from omnichannel_connector.channels.base import Account
from omnichannel_connector.channels.errors import PayloadError, SignatureError
from omnichannel_connector.channels.events import Kind, OutboundMedia, OutboundPart

from .support import PAYLOADS, ROOT, SECRET, TOKEN, VERIFY, make_adapter, make_request

all_channels = pytest.mark.parametrize("code", sorted(ADAPTERS))
channels_that_send = pytest.mark.parametrize(
    "code", sorted(code for code, adapter_class in ADAPTERS.items() if adapter_class.actions)
)


@all_channels
def test_an_adapter_is_registered_under_its_code_and_has_payload_files(code):
    adapter_class = ADAPTERS[code]

    assert adapter_class.code == code
    assert adapter_class.label
    assert adapter_class.identity_kind
    assert adapter_class.default_api_url.startswith("https://")
    assert list((PAYLOADS / code).glob("*.json"))


@all_channels
def test_the_required_settings_are_settings_of_the_account(code):
    assert ADAPTERS[code].required_settings <= {field.name for field in fields(Account)}


@all_channels
@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"item": None},
        {"item": []},
        {"params": None, "query": None},
        {"params": {}, "received_at": 5},
        {"params": {"MessageStatus": "sent"}},
        {"item": {"message": []}, "source": "changes", "time": {}},
    ],
)
def test_parsing_never_fails(code, payload):
    event = make_adapter(code).parse(payload)

    assert isinstance(event.kind, Kind)
    assert event.occurred_at.tzinfo


@all_channels
def test_a_request_without_content_is_no_crash(code):
    try:
        assert make_adapter(code).split(make_request()) == []
    except PayloadError as error:
        assert str(error)


@all_channels
def test_an_unsigned_request_is_refused(code):
    with pytest.raises(SignatureError):
        make_adapter(code).verify(make_request(body=b"{}"))


@all_channels
def test_secrets_do_not_show_in_representations(code):
    adapter = make_adapter(code)

    shown = repr(adapter.account) + str(adapter.account) + repr(adapter)

    assert not [secret for secret in (SECRET, TOKEN, VERIFY) if secret in shown]
    assert set(adapter.account.secrets) == {SECRET, TOKEN, VERIFY}


@channels_that_send
def test_texts_come_before_files_and_each_is_a_call_of_its_own(code):
    files = tuple(OutboundMedia(f"https://files.example/{n}", "image/png") for n in range(2))

    parts = make_adapter(code).parts("Hello", files)

    assert parts == [OutboundPart("Hello"), *(OutboundPart(media=file) for file in files)]
    assert make_adapter(code).parts("", files[:1]) == [OutboundPart(media=files[0])]
    assert make_adapter(code).parts(" \n") == []


@all_channels
def test_normalizing_an_address_twice_changes_nothing(code):
    adapter = make_adapter(code, country="US")

    for address in (" 7700000000000101 ", "+1 (415) 555-0123", "24365"):
        once = adapter.normalize(address)
        assert adapter.normalize(once) == once


def test_the_adapters_do_not_need_odoo():
    """Nor may they pull in half of the world: each Odoo worker pays for it."""
    program = (
        "import sys, tests.conftest, omnichannel_connector.channels as c; "
        "assert c.ADAPTERS; sys.exit('odoo' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-B", "-c", program], cwd=ROOT).returncode == 0
