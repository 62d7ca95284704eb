from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..wizard import omnichannel_audit as audit
from .common import OmnichannelCase

GROUP = "omnichannel_connector.omnichannel_group_"


@tagged("-at_install", "post_install")
class TestAudit(OmnichannelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.supervisor = new_test_user(cls.env, "audit_boss", f"{GROUP}supervisor")
        cls.administrator = new_test_user(cls.env, "audit_admin", f"{GROUP}administrator")

    def _lines(self, user=None):
        """Open the page as a user does, return {code: line}."""
        action = (
            self.env.ref("omnichannel_connector.omnichannel_audit_open")
            .with_user(user or self.supervisor)
            .run()
        )
        model = self.env["omnichannel.audit"].with_user(user or self.supervisor)
        return {line.code: line for line in model.search(action["domain"])}

    def _opened(self, line):
        """Return how many records the line's button opens."""
        action = line.action_open()
        return line.env[action["res_model"]].search_count(action["domain"])

    def _identity_of(self, name, **values):
        partner = self.env["res.partner"].create({"name": name})
        return self.env["omnichannel.identity"].create(
            {"kind": "email", "value": f"{name}@example.com", "partner_id": partner.id, **values}
        )

    def _all_that_is_wrong(self):
        """Let every check find something, each another number."""
        waiting = self._receive_instagram("Hello", at=self._ago(hours=2))
        ben = self._identity_of("ben")
        self._identity_of("ben+shop")  # its twin
        self._identity_of("alone")
        self.env["omnichannel.suggestion"]._propose(
            waiting.last_inbound_identity_id, ben.partner_id, "name", 40
        )
        self._shared("+12025550191")
        self._shared("+12025550192").is_household = True
        self._identity_of("typed", trust="claimed", source="typed", claim_state="open")
        self._identity_of("gone", validity="bounced")
        self._identity_of("away", validity="unreachable")
        self._store_instagram({"sender": {"id": "1"}, "message": {"mid": "x"}}).write(
            {"state": "failed"}
        )
        self.sms.health = "error"
        self.sms.health_findings = [["error", "silence", {"since": "2026-01-01 00:00:00"}]]
        self._unknown_delivery(waiting)

    def _shared(self, number):
        """Let somebody write from a number that two records carry."""
        self.env["res.partner"].create(
            [{"name": name, "phone": number} for name in ("Home", "Family")]
        )
        conversation = self._receive_sms(sender=number, sid=f"SM{number}")
        conversation.waiting_for = "customer"
        return self._identity("phone", number)

    def _unknown_delivery(self, conversation):
        conversation.channel_id.message_post(
            body="Hi", message_type="comment", omnichannel_key="instagram"
        )
        conversation.message_ids.delivery_ids._move("unknown")
        conversation.waiting_for = "us"

    def test_each_line_opens_exactly_what_it_counts(self):
        self._all_that_is_wrong()

        for user in (self.supervisor, self.administrator):
            lines = self._lines(user)
            for line in lines.values():
                self.assertEqual(self._opened(line), line.count, line.code)
                self.assertTrue(line.text)
        self.assertEqual(
            set(lines), {check.code for check in self.env["omnichannel.audit"]._checks()}
        )

    def test_the_numbers_are_right(self):
        self._all_that_is_wrong()
        counts = {code: line.count for code, line in self._lines(self.administrator).items()}

        self.assertEqual(
            counts,
            {
                "waiting": 1,
                "failed_events": 1,
                "silent_accounts": 1,
                "unknown": 1,
                "suggestions": 1,
                "twins": 2,
                "shared": 1,
                "claims": 1,
                "invalid": 2,
                "strangers": 1,
                "unreachable": 3,
                "no_consent": 8,
                "single_channel": 8,
            },
        )

    def test_nothing_is_listed_when_all_is_well(self):
        self.env["res.partner"].search(
            [("omnichannel_identity_ids", "!=", False)]
        ).omnichannel_identity_ids.unlink()
        self.assertFalse(self._lines(self.administrator))

    def test_the_worst_comes_first_then_the_most(self):
        self._all_that_is_wrong()

        lines = sorted(self._lines(self.administrator).values(), key=lambda line: line.sequence)

        ranks = [severity for severity, _label in audit.SEVERITIES]
        keys = [(ranks.index(line.severity), -line.count) for line in lines]
        self.assertEqual(keys, sorted(keys))
        self.assertEqual(lines[0].severity, "error")
        labels = dict(self.env["omnichannel.audit"]._fields["severity"].selection)
        self.assertEqual(len({label[0] for label in labels.values()}), 3, "a sign and a word each")

    def test_who_waits_for_long_is_the_worst(self):
        conversation = self._receive_instagram("Hello", at=self._ago(hours=2))
        self.assertEqual(self._lines()["waiting"].severity, "warning")
        self.assertRegex(self._lines()["waiting"].text, r"since \d+/\d+/\d+, \d+:\d\d")

        conversation.last_inbound_at = fields.Datetime.now() - timedelta(days=2)

        self.assertEqual(self._lines()["waiting"].severity, "error")

    def test_one_is_told_as_one_and_more_as_more(self):
        self._identity_of("gone", validity="bounced")
        self.assertEqual(self._lines()["invalid"].text, "address that messages no longer reach")

        self._identity_of("away", validity="unreachable")

        self.assertEqual(self._lines()["invalid"].text, "addresses that messages no longer reach")
        checks = self.env["omnichannel.audit"]._checks()
        self.assertFalse([check.code for check in checks if check.one == check.many])

    def test_failed_events_are_an_administrators(self):
        self._store_instagram({"sender": {"id": "1"}, "message": {"mid": "x"}}).state = "failed"

        self.assertNotIn("failed_events", self._lines(self.supervisor))
        self.assertEqual(self._lines(self.administrator)["failed_events"].count, 1)

    def test_the_numbers_are_those_of_the_users_companies(self):
        self._receive_instagram("Hello")
        other = self.env["res.company"].create({"name": "Other"})
        foreigner = new_test_user(
            self.env,
            "foreigner",
            f"{GROUP}supervisor",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )

        self.assertIn("waiting", self._lines(self.supervisor))
        self.assertNotIn("waiting", self._lines(foreigner))

    def test_what_is_common_is_not_counted_to_the_end(self):
        for number in range(4):
            self._identity_of(f"gone{number}", validity="bounced")
        self.patch(audit, "MOST", 3)

        line = self._lines()["invalid"]

        self.assertEqual(line.count_text, "3+")

    def test_agents_and_strangers_do_not_get_the_page(self):
        self._receive_instagram("Hello")
        self.assertTrue(self._lines(self.supervisor))

        for user in (self.agent, new_test_user(self.env, "nobody", "base.group_portal")):
            with self.assertRaises(AccessError):
                self._lines(user)

    def test_opening_again_leaves_no_old_lines(self):
        self._receive_instagram("Hello")
        self._lines()
        lines = self._lines()

        own = [("create_uid", "=", self.supervisor.id)]
        self.assertEqual(self.env["omnichannel.audit"].search_count(own), len(lines))

    def test_a_named_or_linked_customer_is_no_stranger(self):
        stranger = self._receive_instagram("Hello").partner_id
        self.assertEqual(self._lines()["strangers"].count, 1)

        stranger.with_user(self.env.ref("base.user_admin")).name = "Ana Lima"

        self.assertNotIn("strangers", self._lines())
