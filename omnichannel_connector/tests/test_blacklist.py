from odoo.tests import tagged

from .common import ANA_NUMBER
from .test_consent import BOTH, ConsentCase

MAIL = "ana@example.com"


@tagged("-at_install", "post_install")
class TestBlacklist(ConsentCase):
    """Odoo's blacklists and the ledger say the same, whichever is changed."""

    def setUp(self):
        super().setUp()
        values = {"name": "Ana", "email": MAIL, "phone": ANA_NUMBER}
        self.ana = self.env["res.partner"].create(values)
        self.mail = self._identity("email", MAIL)
        self.phone = self._phone()
        self._record(self.mail, "granted", ("marketing",), channel="email")

    def _listed_mail(self):
        return bool(self.env["mail.blacklist"].search([("email", "=", MAIL)]))

    def _states(self, identity):
        return identity.consent_ids.sorted("id").mapped(lambda c: (c.purpose, c.state, c.source))

    # === FROM ODOO === #

    def test_a_blacklisted_mail_address_refused_marketing(self):
        self.env["mail.blacklist"]._add(MAIL)

        self.assertEqual(self._states(self.mail)[1:], [("marketing", "refused", "blacklist")])
        self.assertEqual(self.mail._refusal("email", "service"), "")
        self.assertIn("blacklist", self.mail._refusal("email", "service", is_human=False))

    def test_an_address_taken_off_gets_back_its_grant(self):
        self.env["mail.blacklist"]._add(MAIL)
        self.env["mail.blacklist"]._remove(MAIL)

        self.assertEqual(self._states(self.mail)[-1], ("marketing", "lifted", "blacklist"))
        self.assertEqual(self._allowed(self.mail, "email"), set(BOTH))

    def test_every_way_into_the_blacklist_counts(self):
        blacklist = self.env["mail.blacklist"]
        record = blacklist.create([{"email": "Ana <ANA@example.com>"}, {"email": "b@example.com"}])
        for change, is_listed in (
            (lambda: record.write({"active": False}), False),
            (lambda: record.action_unarchive(), True),
            (lambda: record[0].write({"email": "other@example.com"}), False),
            (lambda: record[0].write({"email": MAIL}), True),
            (lambda: record.unlink(), False),
            (lambda: blacklist.create({"email": MAIL}), True),
        ):
            change()
            self.assertEqual("marketing" in self._allowed(self.mail, "email"), not is_listed)

    def test_an_address_that_nobody_knows_is_left_to_odoo(self):
        before = self.env["omnichannel.consent"].search_count([])

        self.env["mail.blacklist"]._add("nobody@example.com")
        self.env["phone.blacklist"]._add(["+12025550999"])

        self.assertEqual(self.env["omnichannel.consent"].search_count([]), before)

    def test_a_blacklisted_number_refused_everything(self):
        self.env["phone.blacklist"]._add([ANA_NUMBER])

        self.assertEqual(self._allowed(self.phone), set())
        self.assertTrue(self.phone._refusal("sms", "service"))

        self.env["phone.blacklist"]._remove([ANA_NUMBER])

        self.assertEqual(self._allowed(self.phone), {"service"})

    def test_a_row_that_the_ledger_does_not_know_counts_too(self):
        """A blacklist that was filled before this addon was installed."""
        self.env.cr.execute(
            "INSERT INTO phone_blacklist (number, active) VALUES (%s, TRUE)", [ANA_NUMBER]
        )
        self.env.cr.execute("INSERT INTO mail_blacklist (email, active) VALUES (%s, TRUE)", [MAIL])

        self.assertEqual(self._allowed(self.phone), set())
        self.assertEqual(self._allowed(self.mail, "email"), set())

    def test_taking_a_number_off_does_not_lift_what_the_provider_told(self):
        self._receive_sms("STOP")

        self.env["phone.blacklist"]._remove([ANA_NUMBER])

        self.assertEqual(self._allowed(self.phone), set())

    # === TO ODOO === #

    def test_refusals_are_written_to_the_blacklists(self):
        self._record(self.mail, "refused", ("marketing",), channel="email")
        self._record(self.phone, "refused")

        self.assertTrue(self._listed_mail())
        self.assertTrue(self._listed())
        self.assertNotIn("blacklist", (self.mail | self.phone).consent_ids.mapped("source"))

        self._record(self.mail, "lifted", ("marketing",), channel="email")
        self._record(self.phone, "lifted", ("service",))
        self.assertFalse(self._listed_mail())
        self.assertTrue(self._listed(), "marketing is still refused")
        self._record(self.phone, "lifted", ("marketing",))
        self.assertFalse(self._listed())

    def test_who_refused_offers_only_still_gets_answers_by_sms(self):
        self._record(self.phone, "refused", ("marketing",))

        self.assertTrue(self._listed())
        self.assertEqual(self._allowed(self.phone), {"service"})

    def test_who_refused_offers_only_still_gets_service_by_mail(self):
        self._record(self.mail, "refused", ("marketing",), channel="email")

        self.assertTrue(self._listed_mail())
        self.assertEqual(self._allowed(self.mail, "email"), {"service"})

    def test_who_refused_service_mails_only_is_on_no_list(self):
        self._record(self.mail, "refused", ("service",), channel="email")

        self.assertFalse(self._listed_mail())
        self.assertEqual(self._allowed(self.mail, "email"), {"marketing"})

    def test_a_short_code_never_gets_there(self):
        self._receive_sms("STOP", sender="72345")

        self.assertEqual(self._allowed(self._phone("72345")), set())
        self.assertFalse(self.env["phone.blacklist"].search([]))
