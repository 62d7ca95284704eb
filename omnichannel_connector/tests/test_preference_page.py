import re
from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from ..models import preference_token
from .common import ANA_NUMBER, OmnichannelMixin

MAIL = "ana@example.com"
CLICK = {"List-Unsubscribe": "One-Click"}


@tagged("-at_install", "post_install")
class TestPreferencePage(OmnichannelMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.email = cls.env["omnichannel.account"].create({"name": "Mail", "channel": "email"})
        cls.email.state = "connected"
        cls.ana = cls.env["res.partner"].create(
            {"name": "Ana Silva", "email": MAIL, "phone": ANA_NUMBER}
        )

    def setUp(self):
        super().setUp()
        self.mail = self._identity("email", MAIL)
        self.phone = self._identity("phone", ANA_NUMBER)

    def _path(self, identity, scope="page", purpose="service"):
        place = "preferences" if scope == "page" else "unsubscribe"
        return f"/omnichannel/{place}/{identity._sign(scope, self.sms, purpose)}"

    def _nonce(self, page):
        return re.search(r'name="form" value="([^"]+)"', page.text)[1]

    def _submit(self, identity, **chosen):
        path = self._path(identity)
        return self.url_open(path, data={"form": self._nonce(self.url_open(path)), **chosen})

    def _refusals(self, identity, channel):
        self.env.invalidate_all()
        return {
            purpose
            for purpose in ("service", "marketing")
            if identity._refusal(channel, purpose, is_human=False)
        }

    # === PAGE === #

    def test_the_page_shows_only_the_address_of_its_link(self):
        page = self.url_open(self._path(self.phone))

        self.assertEqual(page.status_code, 200)
        self.assertIn("•••123", page.text)
        for secret in (ANA_NUMBER, MAIL, "a•••@", "Ana Silva"):
            self.assertNotIn(secret, page.text)

    def test_the_page_offers_only_channels_that_are_connected(self):
        page = self.url_open(self._path(self.phone))

        self.assertIn('name="sms-service"', page.text)
        self.assertNotIn("whatsapp", page.text)

    def test_the_page_is_for_nobody_else(self):
        page = self.url_open(self._path(self.phone))

        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("noindex", page.headers["X-Robots-Tag"])
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertIn("frame-ancestors 'none'", page.headers["Content-Security-Policy"])
        self.assertNotIn("<script", page.text)
        self.assertIn('<html lang="en"', page.text)

    def test_every_choice_has_a_label(self):
        page = self.url_open(self._path(self.phone))

        ids = set(re.findall(r'<input[^>]* type="checkbox"[^>]* id="([^"]+)"', page.text))
        self.assertTrue(ids)
        self.assertEqual(ids, set(re.findall(r'<label[^>]* for="([^"]+)"', page.text)))

    def test_opening_the_page_changes_nothing(self):
        self.url_open(self._path(self.mail))
        self.url_open(self._path(self.mail, "unsubscribe"))

        self.assertFalse(self.env["omnichannel.consent"].search([]))

    def test_a_choice_is_recorded_and_shown(self):
        page = self._submit(self.mail, **{"email-marketing": "1"})

        self.assertIn("Saved", page.text)
        self.assertEqual(self._refusals(self.mail, "email"), {"service"})
        entries = self.mail.consent_ids
        self.assertEqual(set(entries.mapped("source")), {"page"})
        granted = entries.filtered(lambda entry: entry.state == "granted")
        self.assertIn("Offers and news", granted.words)
        self.assertEqual(granted.evidence, "Preference page")
        self.assertRegex(page.text, r'id="email-marketing"[^>]* checked')

        self._submit(self.mail, **{"email-service": "1"})

        self.assertEqual(self._refusals(self.mail, "email"), {"marketing"})

    def test_what_stays_as_it_is_is_not_recorded(self):
        self._submit(self.mail, **{"email-service": "1"})

        self.assertFalse(self.env["omnichannel.consent"].search([]))

    def test_everything_is_stopped_at_once(self):
        self._submit(self.phone, stop="1", **{"sms-service": "1", "sms-marketing": "1"})

        self.assertEqual(self._refusals(self.phone, "sms"), {"service", "marketing"})
        self.assertEqual(self._refusals(self.phone, "whatsapp"), {"service", "marketing"})
        self.assertEqual(self._refusals(self.mail, "email"), {"marketing"})

    def test_what_the_provider_blocks_is_shown_and_not_lifted(self):
        self._receive_sms("STOP")
        page = self.url_open(self._path(self.phone))
        self.assertIn("text START", page.text)

        self._submit(self.phone, **{"sms-service": "1", "sms-marketing": "1"})

        self.assertEqual(self._refusals(self.phone, "sms"), {"service", "marketing"})

    def test_a_form_of_another_page_saves_nothing(self):
        other = self._nonce(self.url_open(self._path(self.phone)))
        for nonce in (None, "", "x", other, self.mail._sign("page", self.sms)):
            page = self.url_open(self._path(self.mail), data={"form": nonce, "stop": "1"})
            self.assertIn("nothing was saved", page.text)

        self.assertFalse(self.env["omnichannel.consent"].search([]))

    def test_a_link_that_is_no_good_looks_like_none(self):
        good = self.mail._sign("page", self.sms)
        gone = self.env["res.partner"].create({"name": "B", "email": "b@example.com"})
        gone_token = gone.omnichannel_identity_ids._sign("page", self.sms)
        gone.omnichannel_identity_ids.unlink()
        old = preference_token.issue(
            self.mail._preference_key(),
            "page",
            (self.mail.id, 0, 0),
            fields.Date.today() - timedelta(days=731),
        )
        payload, _dot, signature = good.partition(".")
        forged = f"{self.phone.id}-{payload.partition('-')[2]}.{signature}"
        bad = ("x", "1-1-0-1.x", "ünï.cödé", forged, old, gone_token, good + "x")
        pages = [self.url_open(f"/omnichannel/preferences/{token}") for token in bad]
        pages.append(self.url_open(self._path(self.mail).replace("preferences", "unsubscribe")))
        pages.append(self.url_open(f"/omnichannel/preferences/{self.mail._sign('form', self.sms)}"))

        self.assertEqual({page.status_code for page in pages}, {404})
        self.assertEqual(len({page.text for page in pages}), 1)

    def test_a_link_works_for_more_than_a_year(self):
        token = preference_token.issue(
            self.mail._preference_key(),
            "page",
            (self.mail.id, 0, 0),
            fields.Date.today() - timedelta(days=400),
        )

        self.assertEqual(self.url_open(f"/omnichannel/preferences/{token}").status_code, 200)

    def test_all_links_can_be_revoked(self):
        path = self._path(self.mail)
        self.env["res.config.settings"].action_omnichannel_revoke_preference_links()

        self.assertEqual(self.url_open(path).status_code, 404)

    # === ONE CLICK === #

    def test_one_click_unsubscribes_without_cookie_login_or_redirect(self):
        self.opener.cookies.clear()
        page = self.url_open(
            self._path(self.mail, "unsubscribe"), data=CLICK, allow_redirects=False
        )

        self.assertEqual(page.status_code, 200)
        self.assertNotIn("Set-Cookie", page.headers)
        entries = self.mail.consent_ids
        self.assertEqual(set(entries.mapped("purpose")), {"service", "marketing"})
        self.assertEqual(set(entries.mapped("source")), {"unsubscribe"})
        self.assertTrue(self.env["mail.blacklist"].search([("email", "=", MAIL)]))
        self.assertEqual(self.mail._refusal("email", "service"), "", "a person may answer")

    def test_one_click_works_as_multipart_too_and_twice(self):
        for _ in range(2):
            page = self.url_open(
                self._path(self.mail, "unsubscribe", "marketing"),
                files={"List-Unsubscribe": (None, "One-Click")},
            )
            self.assertEqual(page.status_code, 200)

        self.assertEqual(self.mail.consent_ids.mapped("purpose"), ["marketing"])

    def test_a_post_that_is_no_click_shows_the_page(self):
        page = self.url_open(self._path(self.mail, "unsubscribe"), data={"x": "1"})

        self.assertIn("What may we send", page.text)
        self.assertFalse(self.mail.consent_ids)

    # === LINKS FOR STAFF === #

    def _conversation(self):
        return self._receive_sms("Hello")

    def test_an_agent_copies_the_link_of_an_address_of_the_customer_only(self):
        conversation = self._conversation().with_user(self.agent)

        link = conversation.get_preference_link(self.mail.id)

        self.assertIn("/omnichannel/preferences/", link)
        stranger = self.env["res.partner"].create({"name": "B", "email": "b@example.com"})
        with self.assertRaisesRegex(Exception, "not one of this customer"):
            conversation.get_preference_link(stranger.omnichannel_identity_ids.id)
        colleague = new_test_user(
            self.env, "colleague", "omnichannel_connector.omnichannel_group_agent"
        )
        conversation.sudo().user_id = colleague
        with self.assertRaisesRegex(Exception, "conversation"):
            conversation.get_preference_link(self.mail.id)

    def test_the_link_is_sent_to_its_own_address(self):
        conversation = self._conversation()

        conversation.with_user(self.agent).send_preference_link(self.phone.id)

        delivery = self.env["omnichannel.delivery"].search([])
        self.assertEqual(delivery.identity_id, self.phone)
        self.assertIn("/omnichannel/preferences/", delivery.text)

    def test_a_template_names_the_page_of_where_it_is_sent_to(self):
        conversation = self._conversation()
        mail_way = conversation.with_context(omnichannel_way=f"{self.sms.id}:{self.mail.id}")
        stranger = self.env["res.partner"].create({"name": "B", "email": "b@example.com"})
        forged = f"{self.sms.id}:{stranger.omnichannel_identity_ids.id}"

        self.assertIn(f"/preferences/{self.phone.id}-", conversation.preference_url)
        self.assertIn(f"/preferences/{self.mail.id}-", mail_way.preference_url)
        self.assertIn(
            f"/preferences/{self.phone.id}-",
            conversation.with_context(omnichannel_way=forged).preference_url,
        )
