from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models.omnichannel_record import RecordSource
from .common import ANA_NUMBER, OmnichannelCase

GROUP = "omnichannel_connector.omnichannel_group_"
LOGGER = "odoo.addons.omnichannel_connector.models.omnichannel_record"


class RecordCase(OmnichannelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "seller", f"{GROUP}supervisor,sales_team.group_sale_salesman_all_leads"
        )
        cls.company = cls.env["res.partner"].create({"name": "Lima Ltd", "is_company": True})
        cls.ana = cls.env["res.partner"].create(
            {"name": "Ana Lima", "phone": ANA_NUMBER, "parent_id": cls.company.id}
        )

    def _lead(self, partner=None, **values):
        partner = partner or self.ana
        return self.env["crm.lead"].create(
            {"name": "Lamps", "type": "opportunity", "partner_id": partner.id, **values}
        )

    def _sections(self, user, partner=None):
        record = (partner or self.ana).with_user(user).get_omnichannel_record()
        return {section["key"]: section for section in record["sections"]}

    def _add_source(self, **sources):
        """Let another addon extend the registry, as its `_inherit` would."""
        get_sources = self.env.registry["omnichannel.record"]._get_sources

        def extended(record):
            return {**get_sources(record), **sources}

        return patch.object(self.env.registry["omnichannel.record"], "_get_sources", extended)


@tagged("-at_install", "post_install")
class TestRecord(RecordCase):
    def test_a_customer_without_anything_has_an_empty_record(self):
        stranger = self.env["res.partner"].create({"name": "Nobody"})

        self.assertEqual(self._sections(self.seller, stranger), {})

    def test_open_leads_stand_beside_the_thread(self):
        self._lead(expected_revenue=1200)
        lost = self._lead(name="Lost")
        lost.action_set_lost()

        section = self._sections(self.seller)["lead"]

        self.assertEqual((section["count"], section["isFailed"]), (1, False))
        (item,) = section["groups"][0]["items"]
        self.assertEqual(item["title"], "Lamps")
        self.assertIn("1,200.00", item["amount"])
        self.assertTrue(item["state"])

    def test_the_panel_shows_what_the_form_shows(self):
        self._lead()
        conversation = self._receive_sms("Hello")

        panel = conversation.with_user(self.seller).get_panel()

        self.assertEqual(
            panel["record"], conversation.partner_id.with_user(self.seller).get_omnichannel_record()
        )
        self.assertEqual(panel["record"]["partnerId"], self.ana.id)

    def test_an_app_that_the_user_has_no_access_to_leaves_no_trace(self):
        self._lead()

        self.assertNotIn("lead", self._sections(self.agent))
        with self.assertRaises(AccessError):
            self.ana.with_user(self.agent).action_open_omnichannel_record("lead")

    def test_the_rules_of_the_records_apply(self):
        own = new_test_user(self.env, "own", f"{GROUP}agent,sales_team.group_sale_salesman")
        self._lead(user_id=self.seller.id)
        self._lead(name="Mine", user_id=own.id)

        section = self._sections(own)["lead"]

        self.assertEqual(section["count"], 1)
        self.assertEqual(section["groups"][0]["items"][0]["title"], "Mine")

    def test_nobody_but_agents_reads_the_record(self):
        users = [
            new_test_user(self.env, "employee", "sales_team.group_sale_manager"),
            new_test_user(self.env, "portal_user", "base.group_portal"),
            self.env.ref("base.public_user"),
        ]
        for user in users:
            for method in ("get_omnichannel_record", "get_omnichannel_timeline"):
                with self.assertRaises(AccessError):
                    getattr(self.ana.with_user(user), method)()

    def test_a_companys_own_records_stand_apart_from_a_contacts(self):
        self._lead(name="Ana's")
        self._lead(self.company, name="The company's")
        colleague = self.ana.copy({"name": "Bob"})
        self._lead(colleague, name="Bob's")

        groups = {group["key"]: group for group in self._sections(self.seller)["lead"]["groups"]}

        self.assertEqual([item["title"] for item in groups["own"]["items"]], ["Ana's"])
        self.assertEqual([item["title"] for item in groups["company"]["items"]], ["The company's"])
        self.assertEqual(self._sections(self.seller, self.company)["lead"]["count"], 3)

    def test_orders_for_another_address_of_the_company_are_the_companys(self):
        depot = self.env["res.partner"].create(
            {"name": "Depot", "type": "delivery", "parent_id": self.company.id}
        )
        self._lead(depot)

        groups = self._sections(self.seller)["lead"]["groups"]

        self.assertEqual([group["key"] for group in groups], ["company"])

    def test_only_the_newest_few_are_read_and_all_are_counted(self):
        leads = self.env["crm.lead"].concat(*(self._lead(name=f"Lead {n}") for n in range(7)))

        section = self._sections(self.seller)["lead"]
        action = self.ana.with_user(self.seller).action_open_omnichannel_record("lead")

        self.assertEqual(section["count"], 7)
        shown = [item["id"] for item in section["groups"][0]["items"]]
        self.assertEqual(shown, leads.sorted("id", reverse=True)[:5].ids)
        self.assertEqual(action["res_model"], "crm.lead")
        self.assertEqual(self.env["crm.lead"].search(action["domain"]), leads.sorted())

    def test_an_unknown_list_is_refused(self):
        for arguments in (("no_such_source",), ("lead", "no_such_group")):
            with self.assertRaises(AccessError):
                self.ana.with_user(self.seller).action_open_omnichannel_record(*arguments)

    def test_companies_are_kept_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._lead(company_id=other.id, team_id=False, user_id=False)
        self._lead(name="Ours")

        section = self._sections(self.seller)["lead"]

        self.assertEqual([item["title"] for item in section["groups"][0]["items"]], ["Ours"])

    def test_more_records_need_no_more_queries(self):
        self._lead()
        self._sections(self.seller)

        def count():
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._sections(self.seller)
            return self.cr.sql_log_count - before

        one = count()
        for number in range(3):
            self._lead(name=f"Lead {number}")
        self._sections(self.seller)

        self.assertLessEqual(count(), one)

    def test_meetings_are_shown_without_what_colleagues_keep_to_themselves(self):
        meeting = {"start": "2999-01-01 10:00:00", "stop": "2999-01-01 11:00:00"}
        people = [(6, 0, self.ana.ids)]
        self.env["calendar.event"].create(
            [
                {"name": "Demo", "partner_ids": people, "privacy": privacy, **meeting}
                for privacy in ("public", "private")
            ]
        )

        section = self._sections(self.agent)["meeting"]

        self.assertEqual(section["count"], 1)
        (item,) = section["groups"][0]["items"]
        self.assertEqual((item["title"], item["state"]), ("Demo", "Planned"))
        self.assertEqual(item["date"], meeting["start"])

    def test_calls_are_part_of_the_record(self):
        conversation = self._receive_sms("Call me")
        self.env["omnichannel.call"].create(
            {
                "message_id": conversation.message_ids.id,
                "state": "missed",
                "started_at": conversation.last_message_at,
            }
        )

        (item,) = self._sections(self.agent)["call"]["groups"][0]["items"]
        self.assertEqual((item["state"], item["tone"]), ("Missed call", "alert"))

        conversation.user_id = self.seller
        self.assertNotIn("call", self._sections(self.agent))


@tagged("-at_install", "post_install")
class TestRecordRegistry(RecordCase):
    def _note_source(self, **values):
        values = {"customer": "partner_id", "name": "name", "state": "active", **values}
        return RecordSource("bank", "res.partner.bank", "Bank accounts", "fa-bank", **values)

    def test_another_addon_adds_a_kind_of_records_with_one_line(self):
        self.env["res.partner.bank"].create(
            {"acc_number": "BE01 2345", "partner_id": self.ana.id, "currency_id": 1}
        )
        source = self._note_source(name="acc_number", subtitle=("currency_id", "no_such_field"))

        with self._add_source(bank=source):
            section = self._sections(self.seller)["bank"]

        (item,) = section["groups"][0]["items"]
        self.assertEqual((section["title"], item["title"]), ("Bank accounts", "BE01 2345"))
        self.assertEqual(item["subtitle"], self.env["res.currency"].browse(1).name)

    def test_a_source_whose_app_is_not_installed_is_passed_over(self):
        source = RecordSource("ghost", "no.such.model", "Ghosts", "fa-ghost")

        with self._add_source(ghost=source):
            self.assertNotIn("ghost", self._sections(self.seller))

    def test_a_broken_source_breaks_nothing_but_itself(self):
        self._lead()
        broken = {
            "python": self._note_source(domain=lambda model: 1 / 0),
            "field": self._note_source(customer="no_such_field"),
            "order": self._note_source(order="no_such_field"),
            "sql": self._note_source(domain=self._fail_in_postgres),
        }

        for kind, source in broken.items():
            with (
                self.subTest(kind),
                self._add_source(bank=source),
                mute_logger("odoo.sql_db"),
                self.assertLogs(LOGGER, "ERROR"),
            ):
                sections = self._sections(self.seller)
            self.assertTrue(sections["bank"]["isFailed"])
            self.assertEqual(sections["lead"]["count"], 1)

    def _fail_in_postgres(self, model):
        model.env.cr.execute("SELECT no_such_column FROM res_partner")

    def test_fields_that_the_user_may_not_read_are_left_out(self):
        lead = self._lead(expected_revenue=1200)
        source = self.env["omnichannel.record"]._get_sources()["lead"]

        with patch.object(lead._fields["expected_revenue"], "groups", "base.group_system"):
            item = (
                self.env["omnichannel.record"]
                .with_user(self.seller)
                ._prepare_item(source, lead.with_user(self.seller))
            )

        self.assertEqual(item["amount"], "")
        self.assertEqual(item["title"], "Lamps")
