"""A provider that does in the tests what they say: for the upkeep of accounts."""

from datetime import datetime, timezone
from unittest.mock import patch

from odoo.tests import new_test_user

from ..channels.events import Finding, Level, RawEvent
from .common import OmnichannelCase
from .test_seam import PigeonAdapter


class LoftAdapter(PigeonAdapter):
    """A channel whose provider can be asked for everything. The tests set what it answers."""

    required_settings = frozenset({"external_id", "access_token", "verify_token"})
    optional_settings = frozenset({"sender"})
    scopes = ("coo", "fly")
    can_list = True

    findings = ()
    subscription = None  # what subscribing raises
    renewal = None  # a Token, or what renewing raises
    listed = ()  # events, and what listing raises
    calls = ()

    def check(self):
        return list(self.findings)

    def subscribe(self):
        LoftAdapter.calls += ("subscribe",)
        if self.subscription:
            raise self.subscription

    def renew(self):
        LoftAdapter.calls += ("renew",)
        if isinstance(self.renewal, Exception):
            raise self.renewal
        return self.renewal

    def list_since(self, since):
        LoftAdapter.calls += (since,)
        for item in self.listed:
            if isinstance(item, Exception):
                raise item
            yield item


def lost_note(number, **extra):
    """Return a recovered event as `list_since` yields it."""
    payload = {"loft": "loft-9", "ring": f"ring-{number}", "note": f"Coo {number}"}
    return RawEvent(f"message:ring-{number}", "loft-9", {**payload, "recovered": True, **extra})


class AccountCase(OmnichannelCase):
    """A connected account at a provider that does what the test says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        accounts = type(cls.env["omnichannel.account"])
        classes = {**accounts._adapter_classes(cls.instagram), "pigeon": LoftAdapter}
        cls.startClassPatcher(
            patch.object(accounts, "_adapter_classes", lambda _self: dict(classes))
        )
        cls.loft = cls.env["omnichannel.account"].create(
            {
                "name": "Our loft",
                "channel": "pigeon",
                "external_id": "loft-1",
                "access_token": "old-token",
            }
        )
        cls.loft.action_connect()
        cls.administrator = new_test_user(
            cls.env, "administrator", "omnichannel_connector.omnichannel_group_administrator"
        )

    def setUp(self):
        super().setUp()
        self._provider_says(findings=(), subscription=None, renewal=None, listed=(), calls=())

    def _provider_says(self, **values):
        for name, value in values.items():
            setattr(LoftAdapter, name, value)

    def _finding(self, check, level="failed", detail=""):
        return Finding(check, Level(level), detail)

    def _now(self):
        return datetime.now(timezone.utc).replace(tzinfo=None)
