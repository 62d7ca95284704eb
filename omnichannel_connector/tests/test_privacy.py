import io
import json
import zipfile
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models import omnichannel_privacy_export as export
from .common import ANA_IGSID, ANA_NUMBER, OmnichannelCase
from .person_common import SECRET_TEXT, PersonMixin

GROUP = "omnichannel_connector.omnichannel_group_"


class PrivacyCase(PersonMixin, OmnichannelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(
            cls.env,
            "privacy_officer",
            f"{GROUP}administrator,base.group_partner_manager",
            email="officer@example.com",
        )
        cls.privacy = cls.env["omnichannel.privacy"].with_user(cls.administrator)

    def _models_about(self):
        """Return the names of all our models that refer to a customer, however indirectly."""
        about = {"res.partner"}
        ours = {
            name: model
            for name, model in self.env.items()
            if name.startswith("omnichannel.") and not model._transient and model._auto
        }
        while True:
            found = {
                name
                for name, model in ours.items()
                if any(
                    f.type in ("many2one", "many2many") and f.store and f.comodel_name in about
                    for f in model._fields.values()
                    if f.name not in ("create_uid", "write_uid")
                )
            }
            if found <= about:
                return about - {"res.partner"}
            about |= found

    def _rows(self, sections):
        """Return {model: ids} of what sections speak of."""
        return {
            section.name: self.env[section.model].search(section.domain).ids for section in sections
        }


@tagged("-at_install", "post_install")
class TestPrivacyRegistry(PrivacyCase):
    def test_no_model_about_a_person_is_forgotten(self):
        """A model that is added later and refers to a customer would else survive an erasure."""
        person = self.privacy._person(self._ana().with_user(self.administrator))
        covered = {section.model for section in self.privacy._privacy_sections(person)}
        covered |= set(self.privacy._privacy_not_personal())

        forgotten = self._models_about() - covered

        self.assertFalse(forgotten, "Add them to omnichannel.privacy._privacy_sections")
        self.assertIn("omnichannel.decision", self._models_about())
        self.assertIn("omnichannel.event", covered)

    def test_every_section_finds_the_rows_of_the_person_and_of_nobody_else(self):
        self._receive_instagram("Mine", sender="900000000000002", mid="mid.other")
        self._receive_sms("Mine too", sender="+12025550177", sid="SM77")
        other = self._identity("phone", "+12025550177").partner_id
        ana = self._ana()

        mine = self._rows(
            self.privacy._privacy_sections(self.privacy._person(ana.with_env(self.privacy.env)))
        )
        others = self._rows(
            self.privacy._privacy_sections(self.privacy._person(other.with_env(self.privacy.env)))
        )

        filled = {"identities", "links", "suggestions", "consents", "conversations", "messages"}
        filled |= {"notes", "calls", "media", "deliveries", "enrollments", "decisions", "events"}
        self.assertEqual({name for name, ids in mine.items() if ids} & filled, filled)
        self.assertEqual(len(mine["messages"]), 3)
        self.assertEqual(len(mine["events"]), 3, "two messages, and the status of our answer")
        for name, ids in others.items():
            self.assertFalse(set(ids) & set(mine[name]), name)

    def test_only_administrators_of_the_app_may_ask(self):
        ana = self._ana()
        supervisor = new_test_user(self.env, "boss", f"{GROUP}supervisor")

        for user in (self.agent, supervisor):
            with self.assertRaises(AccessError):
                self.env["omnichannel.privacy"].with_user(user)._person(ana.with_user(user))
            for model in ("export", "erase", "log"):
                with self.assertRaises(AccessError):
                    self.env[f"omnichannel.privacy.{model}"].with_user(user).search([])

    def test_what_is_in_a_foreign_company_is_not_reached(self):
        ana = self._ana()
        other = self.env["res.company"].create({"name": "Other"})
        self.env["omnichannel.conversation"].create({"partner_id": ana.id, "company_id": other.id})

        with self.assertRaisesRegex(UserError, "no access"):
            self.privacy._erase(ana.with_user(self.administrator))

    def test_anonymous_callers_are_nobody(self):
        identity = self.env["omnichannel.identity"]._create_anonymous(self.env.company)

        with self.assertRaisesRegex(UserError, "many people"):
            self.privacy._person(identity.partner_id.with_user(self.administrator))


@tagged("-at_install", "post_install")
class TestPrivacyExport(PrivacyCase):
    def _export(self, partner):
        wizard = (
            self.env["omnichannel.privacy.export"]
            .with_user(self.administrator)
            .create({"partner_id": partner.id})
        )
        wizard.action_export()
        return wizard

    def _read(self, wizard):
        files = {}
        for part in wizard.attachment_ids:
            with zipfile.ZipFile(io.BytesIO(part.raw)) as paper:
                files |= {name: paper.read(name) for name in paper.namelist()}
        return json.loads(files.pop("data.json")), files

    def test_everything_is_in_the_file(self):
        data, files = self._read(self._export(self._ana()))
        sections = data["sections"]

        self.assertEqual((data["format"], data["version"]), ("omnichannel-privacy-export", 1))
        self.assertEqual(
            sections["identities"][0].keys() & {"kind", "value", "trust"},
            {"kind", "value", "trust"},
        )
        self.assertIn(ANA_NUMBER, [row["value"] for row in sections["identities"]])
        texts = [row["text"] for row in sections["messages"]]
        self.assertIn(SECRET_TEXT, " ".join(texts))
        self.assertIn("Hello Mitzi", " ".join(texts))
        self.assertEqual([row["is_internal"] for row in sections["notes"]], [True])
        self.assertIn("likes cats", sections["notes"][0]["body"])
        self.assertEqual(sections["calls"][0]["transcript"], "Mitzi said meow")
        self.assertEqual(sections["consents"][0]["words"], "STOP please")
        self.assertIn(SECRET_TEXT, json.dumps([row["payload"] for row in sections["events"]]))
        self.assertEqual(list(files.values()), [b"a picture of Mitzi"])
        self.assertEqual(list(files), data["files"])

    def test_references_lead_to_rows_of_the_file(self):
        sections = self._read(self._export(self._ana()))[0]["sections"]
        identities = {row["id"] for row in sections["identities"]}

        self.assertLessEqual({row["identity_id"] for row in sections["messages"]}, identities)
        self.assertTrue(all(row["occurred_at"].endswith("Z") for row in sections["messages"]))

    def test_no_secret_is_in_it(self):
        wizard = self._export(self._ana())
        text = json.dumps(self._read(wizard)[0])

        for secret in ("instagram-token", "instagram-app-secret", "twilio-auth-token"):
            self.assertNotIn(secret, text)

    def test_the_files_are_nobody_elses_and_go_with_the_wizard(self):
        wizard = self._export(self._ana())
        colleague = new_test_user(self.env, "second_officer", f"{GROUP}administrator")

        parts = wizard.attachment_ids
        self.assertFalse(any(parts.mapped("public")))
        for user in (self.agent, colleague):
            with self.assertRaises(AccessError):
                parts.with_user(user).read(["raw"])
        self.env.cr.execute(
            "UPDATE omnichannel_privacy_export SET write_date = %s",
            [fields.Datetime.now() - timedelta(days=2)],
        )
        self.env["omnichannel.privacy.export"]._transient_clean_rows_older_than(3600)
        self.assertFalse(parts.exists())

    def test_many_messages_are_read_in_batches(self):
        """Ten thousand messages in one list would need as much memory."""
        ana = self._ana()
        sizes = []
        original = type(self.privacy)._batches

        def counted(records, *args):
            for batch in original(records, *args):
                sizes.append(len(batch))
                yield batch

        self.patch(type(self.privacy), "_batches", counted)
        self.patch(export, "BATCH_SIZE", 2)
        data, _files = self._read(self._export(ana))

        self.assertEqual(max(sizes), 2)
        self.assertEqual(len(data["sections"]["messages"]), 3)

    def test_big_files_make_several_parts(self):
        stored = []
        parts = export._Parts(lambda number, content: stored.append((number, content)) or {number})
        with parts.open("data.json") as out:
            out.write("{}")
        for number in range(3):
            parts.add(f"{number}.bin", bytes(20 * 1024 * 1024 + number))
            parts._file.seek(40 * 1024 * 1024)  # as if it could not be packed
        parts.close()

        self.assertEqual([number for number, _content in stored], [1, 2, 3])

    def test_it_is_logged_without_the_person(self):
        ana = self._ana()
        self._export(ana)

        line = self.env["omnichannel.privacy.log"].search([], limit=1)
        self.assertEqual((line.action, line.user_id), ("export", self.administrator))
        self.assertNotIn(ana.name, line.summary + json.dumps(line.counts))


@tagged("-at_install", "post_install")
class TestPrivacyErase(PrivacyCase):
    def _erase(self, partner):
        return self.privacy._erase(partner.with_user(self.administrator))

    def _everywhere(self, *words):
        """Return the columns of the whole database in which one of these words stands."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT table_name, column_name FROM information_schema.columns
              JOIN information_schema.tables USING (table_schema, table_name)
             WHERE table_schema = current_schema AND table_type = 'BASE TABLE'
               AND data_type IN ('character varying', 'text', 'jsonb')
            """
        )
        found = []
        for table, column in self.env.cr.fetchall():
            self.env.cr.execute(
                f'SELECT 1 FROM "{table}" WHERE "{column}"::text ILIKE ANY(%s) LIMIT 1',  # noqa: S608
                [[f"%{word}%" for word in words]],
            )
            if self.env.cr.fetchone():
                found.append(f"{table}.{column}")
        return set(found)

    def test_nothing_of_the_person_is_left_in_any_table(self):
        """Searched in every text column of the database, whatever the model."""
        ana = self._ana()
        words = ("Mitzi", ANA_NUMBER, ANA_IGSID, "likes cats")
        self.assertIn("omnichannel_event.payload", self._everywhere(*words))

        done = self._erase(ana)

        # Odoo's blacklist, which the administrator is told of; pushes live for a day
        self.assertFalse(self._everywhere(*words) - {"phone_blacklist.number", "bus_bus.message"})
        self.assertTrue(done["is_deleted"])
        self.assertFalse(ana.exists())

    def test_files_leave_the_disk(self):
        ana = self._ana()
        attachment = ana.omnichannel_conversation_ids.message_ids.mail_message_id.attachment_ids

        self._erase(ana)

        self.assertFalse(attachment.exists())

    def test_others_keep_everything(self):
        other = self._receive_instagram("Mine", sender="900000000000002", mid="mid.other")
        counts = len(other.message_ids), self.env["omnichannel.event"].search_count([])

        self._erase(self._ana())

        after = len(other.message_ids), self.env["omnichannel.event"].search_count([])
        self.assertEqual(after, counts)

    def test_who_writes_afterwards_is_a_stranger(self):
        ana = self._ana()
        ana.name = "Ana Lima"
        self._erase(ana)

        conversation = self._receive_sms("Hello again", sid="SM2")

        self.assertEqual(len(conversation.message_ids), 1)
        self.assertNotEqual(conversation.partner_id, ana)
        self.assertEqual(conversation.partner_id.name, ANA_NUMBER)

    def test_a_refusal_outlives_the_person(self):
        """An import or a new contact with the same address must not get them marketing."""
        self._erase(self._ana())
        self.assertNotIn(ANA_NUMBER, str(self.env["omnichannel.suppression"].search([]).read()))

        contact = self.env["res.partner"].create({"name": "Ana again", "phone": ANA_NUMBER})
        other = self.env["res.partner"].create({"name": "Other", "phone": "+12025550188"})

        identity = contact.omnichannel_identity_ids
        self.assertTrue(identity._refusal("sms", "service"))
        consent = self.env["omnichannel.consent"].search([("identity_id", "=", identity.id)])
        said = {(line.channel, line.purpose, line.state) for line in consent}
        self.assertIn(("sms", "marketing", "refused"), said)
        self.assertFalse(other.omnichannel_identity_ids._refusal("sms", "service"))

    def test_a_refusal_holds_for_who_writes_again_too(self):
        self._erase(self._ana())

        conversation = self._receive_sms("Hello again", sid="SM2")

        identity = conversation.partner_id.omnichannel_identity_ids
        consents = self.env["omnichannel.consent"].search([("identity_id", "=", identity.id)])
        self.assertEqual(set(consents.mapped("state")), {"refused"})

    def test_erasing_twice_is_harmless(self):
        ana = self._ana()
        self._needed_by_another_app(ana)

        first, second = self._erase(ana), self._erase(ana)

        self.assertFalse(first["is_deleted"] or second["is_deleted"])
        self.assertNotIn("messages", second)

    def _needed_by_another_app(self, partner):
        """Let a record refer to the customer as an order or an invoice does."""
        return self.env["crm.lead"].create(
            {"name": "Deal of another team", "partner_id": partner.id}
        )

    def test_a_record_that_another_app_needs_is_emptied(self):
        ana = self._ana()
        ana.write(
            {"name": "Ana Lima", "email": "ana@example.com", "street": "Main 1", "comment": "x"}
        )
        deal = self._needed_by_another_app(ana)

        done = self._erase(ana)

        self.assertFalse(done["is_deleted"])
        self.assertEqual(deal.partner_id, ana)
        self.assertEqual((ana.name, ana.active), ("Erased person", False))
        self.assertFalse(ana.email or ana.phone or ana.street or ana.comment)
        self.assertFalse(ana.message_ids)
        self.assertFalse(self.env["omnichannel.identity"].search([("partner_id", "=", ana.id)]))

    def test_a_lead_stays_without_the_person(self):
        conversation = self._receive_sms("Hello", sender="+12025550155", sid="SM5")
        lead = conversation.lead_id
        self.assertIn("+12025550155", lead.name)

        self._erase(conversation.partner_id)

        self.assertEqual(lead.name, "Lead of an erased person")
        self.assertFalse(lead.phone or lead.contact_name or lead.email_from or lead.partner_id)

    def test_a_shared_address_stays_with_the_others(self):
        ana = self._ana()
        ben = self.env["res.partner"].create({"name": "Ben"})
        shared = self.env["omnichannel.identity"].create(
            {"kind": "email", "value": "home@example.com", "is_shared": True}
            | {"candidate_ids": [(6, 0, (ana | ben).ids)], "partner_id": ana.id}
        )

        self._erase(ana)

        self.assertEqual(shared.candidate_ids, ben)
        self.assertFalse(shared.partner_id)

    def test_the_record_that_an_address_was_linked_from_goes_too(self):
        stranger = self._receive_instagram(SECRET_TEXT).partner_id
        ana = self.env["res.partner"].create({"name": "Ana"})
        stranger.omnichannel_identity_ids._link(ana, "staff")
        other = self.env["res.partner"].create({"name": "Real", "phone": "+12025550166"})
        self._identity("phone", "+12025550166")._link(ana, "staff")
        other.phone = "+12025550199"

        self._erase(ana)

        self.assertFalse(stranger.exists())
        self.assertEqual(other.name, "Real")

    def test_our_own_people_are_not_erased(self):
        officer = self.administrator.partner_id
        for partner in (officer, self.env.company.partner_id):
            with self.assertRaisesRegex(UserError, "user"):
                self.privacy._check_erasable(
                    self.privacy._person(partner.with_user(self.administrator))
                )

    def test_the_name_has_to_be_typed(self):
        ana = self._ana()
        wizard = (
            self.env["omnichannel.privacy.erase"]
            .with_user(self.administrator)
            .create({"partner_id": ana.id, "confirmation": "Anna"})
        )
        self.assertIn("Messages", wizard.preview)

        with self.assertRaisesRegex(UserError, "exactly"):
            wizard.action_erase()
        wizard.confirmation = f" {ana.name} "
        wizard.action_erase()

        self.assertFalse(ana.exists())
        self.assertFalse(wizard.partner_id or wizard.confirmation or wizard.preview)
        self.assertIn("Recordings", wizard.result)
        self.assertIn("keyed hash", wizard.result)

    def test_the_log_says_who_and_how_much_and_is_never_changed(self):
        self._erase(self._ana())

        line = self.env["omnichannel.privacy.log"].search([], limit=1)
        self.assertEqual((line.action, line.user_id), ("erase", self.administrator))
        self.assertEqual(line.counts["messages"], 3)
        self.assertIn("Messages: 3", line.summary)
        with self.assertRaises(UserError):
            line.action = "export"
        with self.assertRaises(UserError):
            line.unlink()
