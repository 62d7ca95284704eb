"""Portal users and visitors see nothing, staff what their rights allow: walked, not sampled."""

import inspect
import json

from odoo.exceptions import AccessError, UserError
from odoo.fields import NO_ACCESS
from odoo.service.model import get_public_method
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import OmnichannelCase, OmnichannelMixin
from .person_common import SECRET_TEXT, PersonMixin

GROUP = "omnichannel_connector.omnichannel_group_"
ADDON = "odoo.addons.omnichannel_connector."
OPERATIONS = ("read", "write", "create", "unlink")
# What no company owns: numbers about nobody, and settings of the database.
WITHOUT_COMPANY = {
    "omnichannel.suppression",
    "omnichannel.privacy.log",
    "omnichannel.import",
}
# What administrators only see.
SEALED = (
    "omnichannel.event",
    "omnichannel.media",
    "omnichannel.suppression",
    "omnichannel.privacy.log",
    "omnichannel.privacy.export",
    "omnichannel.privacy.erase",
)


def our_models(env, *, with_transient=True):
    """Return the models of the addon that have rows, whoever added them."""
    return {
        name: model
        for name, model in env.items()
        if name.startswith("omnichannel.")
        and model._auto
        and not model._abstract
        and (with_transient or not model._transient)
    }


def our_methods(env):
    """Yield (model, method) for every get_ and action_ method that the addon adds anywhere."""
    for name, model in env.items():
        found = {
            method
            for cls in type(model).mro()
            if cls.__module__.startswith(ADDON) and not cls.__module__.startswith(ADDON + "tests")
            for method in vars(cls)
            if method.startswith(("get_", "action_")) and callable(getattr(cls, method))
        }
        for method in sorted(found):
            yield name, method


@tagged("-at_install", "post_install")
class TestStrangers(PersonMixin, OmnichannelCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, "some_customer", "base.group_portal")
        cls.employee = new_test_user(cls.env, "some_employee", "base.group_user")
        cls.public = cls.env.ref("base.public_user")
        cls.supervisor = new_test_user(cls.env, "some_boss", f"{GROUP}supervisor")
        cls.administrator = new_test_user(cls.env, "some_admin", f"{GROUP}administrator")

    def test_every_model_says_who_may_use_it(self):
        """A model without access rules is nobody's, until somebody opens it to all by mistake."""
        for name, model in our_models(self.env).items():
            rules = self.env["ir.model.access"].search([("model_id.model", "=", name)])
            self.assertTrue(rules, f"{name} has no line in ir.model.access.csv")
            self.assertTrue(all(rules.mapped("group_id")), f"{name} is open to everybody")
            self.assertTrue(model._description, name)

    def test_every_model_is_kept_to_its_companies_or_its_user(self):
        for name in our_models(self.env).keys() - WITHOUT_COMPANY:
            rules = self.env["ir.rule"].search(
                [("model_id.model", "=", name), ("groups", "=", False)]
            )
            self.assertTrue(rules, f"{name} has no rule for all groups")

    def test_strangers_and_other_employees_may_do_nothing_to_any_model(self):
        self._ana()
        for user in (self.portal, self.public, self.employee):
            for name in our_models(self.env):
                model = self.env[name].with_user(user)
                for operation in OPERATIONS:
                    self.assertFalse(model.has_access(operation), (user.login, name, operation))
                with self.assertRaises(AccessError):
                    model.search_count([])
                row = self.env[name].search([], limit=1).with_user(user)
                if row:
                    with self.assertRaises(AccessError):
                        row.read(["display_name"])

    def test_strangers_call_no_method(self):
        """Also with the id of a row that exists, and on the models of others."""
        self._ana()
        called = 0
        for name, method in our_methods(self.env):
            for user in (self.portal, self.public):
                row = self.env[name].search([], limit=1).with_user(user)
                self._assert_futile(row, method)
                called += 1
        self.assertGreater(called, 60)

    def _assert_futile(self, row, name):
        """A method must refuse, or only name a page whose records are refused."""
        try:
            with self.env.cr.savepoint():
                result = self._call(row, name)
        except (AccessError, UserError, ValueError) as refusal:
            self.assertNotIn(SECRET_TEXT, str(refusal))
            return
        if name == "get_empty_list_help":
            self.assertIsNone(result)  # it gives back the text that it was given
            return
        self.assertTrue(result, (row, name))
        self.assertEqual(result["type"], "ir.actions.act_window", (row, name))
        self.assertFalse(row.env[result["res_model"]].has_access("read"), (row, name))

    def _call(self, record, name):
        """Call a method as the web client does, with something in every place."""
        method = get_public_method(record, name)
        parameters = list(inspect.signature(method).parameters.values())[1:]
        missing = [p for p in parameters if p.default is p.empty and p.kind != p.VAR_KEYWORD]
        result = method(record, *[None for _parameter in missing])
        record.env.flush_all()
        return result

    def test_fields_of_ours_on_other_models_are_not_readable(self):
        ana = self._ana()
        lead = self.env["crm.lead"].create({"name": "Deal", "partner_id": ana.id})
        lead.omnichannel_conversation_id = ana.omnichannel_conversation_ids
        self.portal.partner_id.parent_id = ana.commercial_partner_id
        for record in (ana, lead, self.portal.partner_id, self.portal):
            for user in (self.portal, self.public, self.employee):
                for name in record._fields:
                    if name.startswith("omnichannel"):
                        self._assert_hidden(record.with_user(user), name)

    def _assert_hidden(self, record, name):
        """A field must be refused, or lead to a record that is."""
        try:
            value = record.read([name], load=None)[0][name]
        except AccessError:
            return
        self.assertTrue(record._fields[name].comodel_name, (record, name))
        self.assertFalse(record.env[record._fields[name].comodel_name].has_access("read"), name)
        self.assertIsInstance(value, (int, bool), "nothing but a number")

    def test_agents_and_supervisors_do_not_see_what_is_sealed(self):
        self._ana()
        for user in (self.agent, self.supervisor):
            for name in SEALED:
                for operation in OPERATIONS:
                    allowed = self.env[name].with_user(user).has_access(operation)
                    self.assertFalse(allowed, (user.login, name))
        for name in SEALED:
            self.assertTrue(self.env[name].with_user(self.administrator).has_access("read"), name)

    def test_secrets_are_an_administrators(self):
        """By the fields' names: a secret that is added later is found, too."""
        words = ("token", "secret", "password", "code_hash")
        for name, model in our_models(self.env).items():
            for field_name, field in model._fields.items():
                is_secret = any(word in field_name for word in words) and field.type in (
                    "char",
                    "text",
                )
                if is_secret and field.groups != NO_ACCESS:
                    self.assertIn("administrator", field.groups or "", f"{name}.{field_name}")

    def test_another_company_sees_no_row(self):
        company = self.env["res.company"].create({"name": "Other"})
        foreigners = [
            new_test_user(
                self.env,
                f"foreign_{group}",
                GROUP + group,
                company_id=company.id,
                company_ids=[(6, 0, company.ids)],
            )
            for group in ("agent", "supervisor", "administrator")
        ]
        names = our_models(self.env, with_transient=False).keys() - WITHOUT_COMPANY
        before = {name: set(self.env[name].search([]).ids) for name in names}
        self._ana().company_id = self.env.company
        self.env.flush_all()

        for user in foreigners:
            for name in names:
                model = self.env[name].with_user(user)
                if model.has_access("read"):
                    seen = set(model.search([]).ids)
                    self.assertFalse(seen - before[name], (user.login, name))


@tagged("-at_install", "post_install")
class TestStrangersAtTheDoor(PersonMixin, OmnichannelMixin, HttpCase):
    """What Odoo's own routes tell of a customer's thread to who has no business there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_accounts()
        cls.portal = new_test_user(cls.env, "door_customer", "base.group_portal")

    def setUp(self):
        super().setUp()
        self.ana = self._ana()
        self.ana.name = "Ana Secretly"
        self.conversation = self.ana.omnichannel_conversation_ids
        self.conversation.user_id = self.agent
        self.channel = self.conversation.channel_id
        self.message = self.conversation.message_ids.mail_message_id.sorted("id")[:1]
        self.file = self.conversation.message_ids.mail_message_id.attachment_ids[:1]

    def _routes(self):
        """Return [(route, parameters)] of all that could tell something or change something."""
        channel, message = self.channel.id, self.message.id
        thread = {"thread_model": "discuss.channel", "thread_id": channel}
        post = {"body": "hi", "message_type": "comment"}
        fetch = ["discuss.channel", [channel]]
        return [
            ("/mail/thread/messages", thread),
            ("/mail/thread/recipients", {**thread, "message_id": message}),
            ("/mail/data", {"fetch_params": [fetch, "channels_as_member", "init_messaging"]}),
            ("/mail/data", {"fetch_params": [["mail.thread", {**thread, "request_list": []}]]}),
            ("/mail/action", {"fetch_params": [fetch]}),
            ("/mail/message/post", {**thread, "post_data": post}),
            ("/mail/message/reaction", {"message_id": message, "content": "x", "action": "add"}),
            ("/mail/message/update_content", {"message_id": message, "update_data": {"body": "x"}}),
            ("/mail/message/translate", {"message_id": message}),
            ("/mail/link_preview", {"message_id": message}),
            ("/mail/inbox/messages", {}),
            ("/mail/history/messages", {}),
            ("/mail/starred/messages", {}),
            ("/mail/attachment/delete", {"attachment_id": self.file.id}),
            ("/mail/rtc/channel/join_call", {"channel_id": channel}),
            ("/discuss/channel/messages", {"channel_id": channel}),
            ("/discuss/channel/pinned_messages", {"channel_id": channel}),
            ("/discuss/channel/members", {"channel_id": channel, "known_member_ids": []}),
            ("/discuss/channel/attachments", {"channel_id": channel, "limit": 30}),
            ("/discuss/channel/join", {"channel_id": channel}),
            ("/discuss/channel/notify_typing", {"channel_id": channel, "is_typing": True}),
            ("/discuss/channel/mark_as_read", {"channel_id": channel, "last_message_id": message}),
            ("/discuss/search", {"term": "Ana"}),
        ]

    def _pages(self):
        channel, file = self.channel, self.file
        return [
            f"/web/content/{file.id}",
            f"/web/content/{file.id}?download=true",
            f"/web/image/{file.id}",
            f"/web/content/ir.attachment/{file.id}/raw",
            f"/discuss/channel/{channel.id}",
            f"/chat/{channel.id}/{channel.uuid}",
            f"/mail/message/{self.message.id}",
            f"/mail/view?model=discuss.channel&res_id={channel.id}",
            f"/mail/view?message_id={self.message.id}",
            f"/mail/avatar/mail.message/{self.message.id}/author_avatar/50x50",
            f"/omnichannel/recording/{self.env['omnichannel.call'].search([], limit=1).id}",
            "/web/dataset/call_kw/omnichannel.conversation/search_read",
        ]

    def _assert_silent(self, text, what):
        for secret in (SECRET_TEXT, "Mitzi", "likes cats", "Ana Secretly", "cat.txt"):
            self.assertNotIn(secret, text, what)

    @mute_logger("odoo.http", "odoo.sql_db", "odoo.addons.base.models.ir_rule")
    def test_no_route_tells_or_takes_anything(self):
        before = self._state()
        for login in ("door_customer", None):
            self.authenticate(login, login)
            for route, params in self._routes():
                response = self.url_open(
                    route,
                    data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
                    headers={"Content-Type": "application/json"},
                )
                self._assert_silent(response.text, (login, route))
            for page in self._pages():
                self._assert_silent(self.url_open(page).text, (login, page))
        self.assertEqual(self._state(), before)

    def test_staff_gets_what_strangers_do_not(self):
        """That these routes and words would show something, if anybody were let in."""
        self.agent.password = "agent-password"
        self.authenticate("agent", "agent-password")

        response = self.url_open(
            "/discuss/channel/messages",
            data=json.dumps({"params": {"channel_id": self.channel.id}}),
            headers={"Content-Type": "application/json"},
        )

        self.assertIn(SECRET_TEXT, response.text)
        self.assertEqual(self.url_open(self._pages()[0]).content, b"a picture of Mitzi")

    def _state(self):
        self.env.invalidate_all()
        messages = self.env["mail.message"].search(
            [("model", "=", "discuss.channel"), ("res_id", "=", self.channel.id)]
        )
        return (
            len(messages),
            self.message.body,
            len(self.message.reaction_ids),
            self.channel.channel_member_ids.ids,
            self.file.exists(),
        )

    def test_an_invitation_link_lets_nobody_in(self):
        """Odoo makes whoever knows a channel's token a member: they would read the notes."""
        members = self.channel.channel_member_ids

        for login in ("door_customer", None):
            self.authenticate(login, login)
            response = self.url_open(f"/chat/{self.channel.id}/{self.channel.uuid}")
            self.assertEqual(response.status_code, 404)
        self.assertEqual(self.channel.channel_member_ids, members)

    def test_an_agent_can_not_add_a_customer(self):
        channel = self.channel.with_user(self.agent)
        guest = self.env["mail.guest"].create({"name": "Guest"})

        for members in ({"partner_ids": self.portal.partner_id.ids}, {"guest_ids": guest.ids}):
            with self.assertRaises(Exception):  # noqa: B017  a rule, or the check behind it
                channel.add_members(**members)
        with self.assertRaisesRegex(Exception, "Only people"):
            self.channel.add_members(partner_ids=self.ana.ids)

    def test_nobody_listens_to_a_thread(self):
        """Odoo lets a screen listen to the channels that its user finds."""
        found = [("id", "=", self.channel.id)]
        for user in (self.portal, self.env.ref("base.public_user")):
            self.assertFalse(self.env["discuss.channel"].with_user(user).search(found))
        self.assertTrue(self.env["discuss.channel"].with_user(self.agent).search(found))
