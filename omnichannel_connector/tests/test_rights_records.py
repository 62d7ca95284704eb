"""What each role can read, search and count of a conversation: nothing, by whatever way.

The records are in rights_common.py, which says how to add a model.
"""

from itertools import product

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .rights_common import ADDRESS, HANGS_ON, LOGGERS, MARK, MAY_BE_EMPTY, OF_NOBODY, RightsCase

# what rows need besides
OTHERS = {
    "name": "Mine",
    "channel": "sms",
    "purpose": "service",
    "words": "No",
    "evidence": "Said so",
}


@tagged("-at_install", "post_install")
class TestRightsRecords(RightsCase):
    def test_every_model_has_a_row(self):
        ours = {name for name in self.registry if name.startswith("omnichannel.")}

        self.assertEqual(ours - HANGS_ON.keys() - OF_NOBODY.keys(), set(), "see rights_common.py")
        self.assertEqual((HANGS_ON.keys() & OF_NOBODY.keys()), set())
        for model in HANGS_ON:
            self.assertTrue(self.hidden(model) or model in MAY_BE_EMPTY, f"nothing of {model}")

    def test_no_way_of_reading_finds_a_record(self):
        for model in HANGS_ON:
            hidden = self.hidden(model)
            for (role, user), (name, read) in product(self.outsiders(), READINGS.items()):
                with self.subTest(model=model, role=role, way=name):
                    records = hidden.with_user(user)
                    answer = self._read(lambda read=read, records=records: read(records))
                    self.assertFalse(answer)
                    self.assertNotIn(MARK, str(answer))

    def test_no_row_of_ones_own_names_a_record(self):
        """Odoo shows the name of what a row refers to, whoever made the row."""
        naming = [
            (Model, field)
            for Model in self.env.values()
            for field in Model._fields.values()
            if field.store and field.relational and field.comodel_name in HANGS_ON
        ]
        self.assertIn("crm.lead", [Model._name for Model, _field in naming])
        for (role, user), (Model, field) in product(self.outsiders(), naming):
            hidden = self.hidden(field.comodel_name)[:1]
            if Model._abstract or not hidden or not Model.with_user(user).has_access("create"):
                continue
            with self.subTest(role=role, model=Model._name, field=field.name):
                self._try_to_name(Model.with_user(user), field, hidden)

    def _try_to_name(self, rows, field, hidden):
        value = hidden.id if field.type == "many2one" else [(6, 0, hidden.ids)]
        spec = {field.name: {"fields": {"display_name": {}}}}
        given = rows.with_context(**{f"default_{field.name}": value})
        asks = [
            lambda: rows.onchange({field.name: value}, [field.name], spec),
            lambda: given.onchange({}, [], spec),
        ]
        if rows._name in self.registry["omnichannel.named.records"]._inherit_children:
            others = {name: OTHERS[name] for name in OTHERS.keys() & rows._fields.keys()}
            asks += [
                lambda: rows.create({field.name: value, **others}).read([field.name]),
                lambda: given.create(others).read([field.name]),
            ]
        for ask in asks:
            answer = self._read(ask)
            if hidden.display_name:
                self.assertNotIn(hidden.display_name, str(answer))

    def test_insiders_read(self):
        """The readings are not blind: who may see it is shown it."""
        conversation = self.hidden("omnichannel.conversation").with_user(self.users["insider"])
        for name, read in READINGS.items():
            self.assertTrue(read(conversation), name)
        for model in ("omnichannel.identity", "omnichannel.consent", "mail.message"):
            self.assertTrue(READINGS["search"](self.hidden(model).with_user(self.users["insider"])))

    def test_nothing_that_can_be_read_leads_there(self):
        """Read every field of every record that an outsider may, of all models."""
        secret = {model: set(self.hidden(model).ids) for model in HANGS_ON}
        for role, user in self.outsiders():
            for model in self.registry:
                with self.subTest(role=role, model=model):
                    self._crawl(self.env[model].with_user(user), secret)

    def _crawl(self, records, secret):
        if records._abstract or not self._read(lambda: records.has_access("read")):
            return
        own = [("author_id", "!=", records.env.user.partner_id.id)]
        domain = own if records._name == "mail.message" else []
        found = self._read(lambda: records.search(domain, order="id desc", limit=200))
        names = [name for name, field in records._fields.items() if field.type != "binary"]
        for row in self._read_rows(found, names):
            self.assertNotIn(MARK.lower(), str(row).lower())
            for name, value in row.items():
                comodel = records._fields[name].comodel_name
                if comodel in secret:
                    ids = {value[0]} if isinstance(value, tuple) else set(value or ())
                    self.assertFalse(ids & secret[comodel], f"{name} names it")

    def _read_rows(self, records, names):
        """Return what can be read of these, where need be field by field."""
        if not records:
            return []
        readable = [n for n in names if records._has_field_access(records._fields[n], "read")]
        rows = self._read(lambda: records.read(readable))
        if rows is not None:
            return rows
        parts = [self._read(lambda n=name: records.read([n])) for name in readable]
        return [row for part in parts if part for row in part]

    def test_no_search_tells_it(self):
        """Ask for what only the conversation has, through whatever relation there is."""
        for role, user in self.outsiders():
            for model, domain in self._questions():
                with self.subTest(role=role, model=model, domain=domain):
                    records = self.env[model].with_user(user)
                    self.assertFalse(self._read(lambda r=records, d=domain: r.search_count(d)))

    def _questions(self):
        """Yield (model, domain): each relation of each model to what hangs on the conversation."""
        for model, model_class in self.registry.items():
            if model_class._abstract or model_class._transient or model in HANGS_ON:
                continue
            for name, field in model_class._fields.items():
                if field.comodel_name in HANGS_ON and field._description_searchable:
                    if (model, name) not in TOLD:
                        yield model, [(name, "in", self.hidden(field.comodel_name).ids)]
                    yield model, [(f"{name}.id", "in", self.hidden(field.comodel_name).ids)]
        yield from DEEP

    def test_names_stay_out_of_errors(self):
        debug = self.env.ref("base.group_no_one")
        user = self.users["other_team"]
        user.group_ids += debug
        for model in HANGS_ON:
            for record in self.hidden(model).with_user(user)[:1]:
                with mute_logger(*LOGGERS), self.assertRaises(AccessError) as caught:
                    record.read(["display_name"])
                for word in (MARK, "Bea", ADDRESS):
                    self.assertNotIn(word, str(caught.exception), model)


def _exported(records):
    return records.export_data(["id", "display_name"])["datas"]


def _grouped(records):
    rows = records.formatted_read_group([("id", "in", records.ids)], aggregates=["__count"])
    return [row for row in rows if row["__count"]]


# a function of the hidden records, in the environment of who tries
READINGS = {
    "read": lambda r: r.read(["display_name"]),
    "all fields": lambda r: r.read(),
    "search": lambda r: r.search([("id", "in", r.ids)]),
    "search of archived": lambda r: r.with_context(active_test=False).search([("id", "in", r.ids)]),
    "count": lambda r: r.search_count([("id", "in", r.ids)]),
    "search_read": lambda r: r.search_read([("id", "in", r.ids)], ["id"]),
    "web_search_read": lambda r: r.web_search_read([("id", "in", r.ids)], {"display_name": {}})[
        "records"
    ],
    "web_read": lambda r: r.web_read({"display_name": {}}),
    "group": _grouped,
    "name_search": lambda r: [
        pair for pair in r.name_search("", [("id", "in", r.ids)]) if pair[0] in r.ids
    ],
    "export": _exported,
}

# what a record that everybody may read tells by itself, and why
TOLD = {
    ("res.partner", "omnichannel_candidate_identity_ids"): "the table has no rules of its own",
}

# what is asked for through several relations
DEEP = [
    ("res.partner", [("omnichannel_conversation_ids.state", "!=", False), ("name", "=", "Bea")]),
    (
        "res.partner",
        [("omnichannel_conversation_ids.message_ids.mail_message_id.body", "ilike", MARK)],
    ),
    (
        "res.partner",
        [("omnichannel_conversation_ids.channel_id.message_ids.body", "ilike", MARK)],
    ),
    ("res.partner", [("omnichannel_identity_ids.value", "ilike", "kestrel")]),
    ("res.partner", [("omnichannel_address", "ilike", "kestrel")]),
    ("res.partner", [("omnichannel_identity_ids.consent_ids.words", "ilike", MARK)]),
    ("mail.message", [("body", "ilike", MARK), ("author_id.name", "!=", "Bea")]),
    ("res.partner", [("omnichannel_conversation_ids", "!=", False), ("name", "=", "Bea")]),
    ("mail.message", [("subject", "ilike", MARK)]),
    ("mail.message", [("omnichannel_message_ids.state", "!=", False)]),
    ("mail.message", [("omnichannel_message_ids.conversation_id.team_id.name", "=", "Team B")]),
    ("mail.message", [("attachment_ids.name", "ilike", "kestrel")]),
    ("ir.attachment", [("name", "ilike", "kestrel")]),
    ("ir.attachment", [("name", "ilike", "kestrel"), ("res_model", "=", "discuss.channel")]),
    ("discuss.channel", [("message_ids.body", "ilike", MARK)]),
    ("discuss.channel", [("omnichannel_conversation_id.team_id.name", "=", "Team B")]),
    ("omnichannel.team", [("account_ids.name", "ilike", MARK)]),
    ("omnichannel.sequence", [("enrollment_ids.decision_ids.reason", "ilike", MARK)]),
    ("res.users", [("omnichannel_team_ids.name", "=", "Kestrel")]),
]
