"""What each role gets from the addon's addresses, from Discuss's own, and from the bus."""

from unittest.mock import Mock, patch

from odoo.tests import tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from odoo.addons.bus.models import ir_websocket
from odoo.addons.bus.models.bus import channel_with_db, json_dump

from .rights_common import LOGGERS, MARK, OWN_WORDS, RightsCase
from .rights_tables import DISCUSS, FETCHES, PAGES, ROUTES

ADDON = "odoo.addons.omnichannel_connector"
NOISE = (*LOGGERS, "odoo.http", "odoo.addons.omnichannel_connector.controllers.webhook")


@tagged("-at_install", "post_install")
class TestRightsRoutes(RightsCase):
    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.state = self._state()

    def _state(self):
        """Return what may not change by anything that outsiders try."""
        self.env.invalidate_all()
        members = self.channel.channel_member_ids.ids
        conversation = self.conversation.read(["state", "user_id", "team_id", "message_ids"])
        stream = [("model", "=", "discuss.channel"), ("res_id", "=", self.channel.id)]
        messages = self.env["mail.message"].search(stream)
        reactions = self.env["mail.message.reaction"].search([("message_id", "in", messages.ids)])
        return (members, conversation, messages.ids, messages.mapped("body"), reactions.ids)

    def _as(self, role):
        login = self.users[role].login if role != "public" else None
        self.authenticate(login, login)

    def test_every_route_has_a_row(self):
        found = {
            rule.rule
            for rule in self.env["ir.http"].routing_map().iter_rules()
            if rule.endpoint.__module__.startswith(ADDON)
        }

        self.assertEqual(found, ROUTES.keys(), "add a row to rights_tables.py")

    def test_strangers_get_nothing_from_our_addresses(self):
        for role, _user in self.outsiders():
            self._as(role)
            for rule, addresses in ROUTES.items():
                for address in addresses(self):
                    for data in (None, {"answer": "confirm", "stop": "1"}):
                        with self.subTest(role=role, rule=rule, address=address, data=data):
                            with mute_logger(*NOISE):
                                page = self.url_open(address, data=data, allow_redirects=False)
                            self.assertIn(page.status_code, (303, 400, 403, 404, 405, 415))
                            self.assertNotIn(MARK, page.text)
        self.assertEqual(self._state(), self.state)

    def test_pages_and_files_are_closed(self):
        for role, _user in self.outsiders():
            self._as(role)
            for address in PAGES(self):
                with self.subTest(role=role, address=address), mute_logger(*NOISE):
                    page = self.url_open(address, allow_redirects=False)
                    self.assertNotIn(MARK.encode(), page.content)
                    self.assertNotIn(str(self.channel.uuid), page.text)
        self.assertEqual(self._state(), self.state)

    def test_discuss_tells_nothing(self):
        for role, _user in self.outsiders():
            self._as(role)
            for route, params in DISCUSS(self):
                with self.subTest(role=role, route=route, params=params):
                    said = self._ask(route, params)
                    if role == "customer":
                        said = said.replace(OWN_WORDS, "")  # theirs to read again
                    self.assertNotIn(MARK, said)
            for name, params in FETCHES.items():
                with self.subTest(role=role, fetch=name):
                    said = self._ask("/mail/data", {"fetch_params": [[name, params]]})
                    self.assertNotIn(MARK, said)
                    self.assertNotIn(f"'id': {self.channel.id},", said)
            self.assertEqual(self._state(), self.state, role)

    def _ask(self, route, params):
        try:
            with mute_logger(*NOISE):
                return str(self.make_jsonrpc_request(route, params))
        except JsonRpcException as error:
            return str(error)

    def test_insiders_get_it(self):
        """The requests are not blind: the very same tell MARK to who may know it."""
        self._as("insider")
        told = {route for route, params in DISCUSS(self) if MARK in self._ask(route, params)}

        self.assertGreater(len(told), 3, told)

    def test_a_link_to_the_thread_lets_nobody_in(self):
        """Even who could see the conversation once, and kept its address."""
        for role in ("other_team", "employee", "customer", "public"):
            self._as(role)
            with mute_logger(*NOISE):
                page = self.url_open(f"/chat/{self.channel.id}/{self.channel.uuid}")
            self.assertEqual(page.status_code, 404, role)
        self.assertEqual(self._state(), self.state)

    # === BUS === #

    def _granted(self, user):
        """Return the bus channels of a user who asks for everything, in every spelling."""
        ids = self.env["discuss.channel"].sudo().with_context(active_test=False).search([]).ids
        asked = [f"discuss.channel_{one}" for one in ids] + [
            f"res.partner_{self.users['insider'].partner_id.id}",
            str((self.env.cr.dbname, "discuss.channel", self.channel.id)),
            f'["{self.env.cr.dbname}","discuss.channel",{self.channel.id}]',
            "omnichannel_group_agent",
            f"res.groups_{self.env.ref('omnichannel_connector.omnichannel_group_agent').id}",
        ]
        with patch.object(ir_websocket, "wsrequest", Mock()) as wsrequest:
            wsrequest.session.uid = None if user._is_public() else user.id
            bus = self.env["ir.websocket"].with_user(user).with_context(lang=None)
            return bus._build_bus_channel_list(asked)

    def _names(self, user):
        database = self.env.cr.dbname
        return {json_dump(channel_with_db(database, one)) for one in self._granted(user)}

    def test_nobody_listens_who_may_not_read(self):
        thread = json_dump((self.env.cr.dbname, "discuss.channel", self.channel.id))
        self.assertIn(thread, self._names(self.users["insider"]))
        self.assertIn(thread, self._names(self.users["supervisor"]))
        for role, user in self.outsiders():
            self.assertNotIn(thread, self._names(user), role)

    def test_a_subscription_ends_with_the_right(self):
        """A browser keeps listening to what it opened: the server stops telling it."""
        user = self.users["insider"]
        database = self.env.cr.dbname
        listens = [channel_with_db(database, one) for one in self._granted(user)]
        self.conversation.write({"team_id": self.team_a.id})
        last = self.env["bus.bus"].sudo()._bus_last_id()
        self.channel.message_post(body=f"{MARK} later", message_type="comment")
        self.env.cr.precommit.run()

        heard = self.env["bus.bus"].with_user(user)._poll(listens, last)
        other = self.env["bus.bus"].with_user(self.users["supervisor"])._poll(listens, last)

        self.assertIn(MARK, str(other))
        self.assertNotIn(MARK, str(heard))

    def test_what_happens_in_a_thread_is_told_to_its_readers_only(self):
        last = self.env["bus.bus"].sudo()._bus_last_id()
        insider = self.users["insider"]
        stream = self.channel.with_user(insider)
        stream.message_post(body=f"{MARK} now", message_type="comment")
        stream.message_post(body=f"{MARK} out", message_type="comment", omnichannel_key="instagram")
        self._receive_instagram(f"{MARK} again", mid="mid.7")
        self.conversation.with_user(insider).action_assign_to_me()
        self.conversation.with_user(insider).action_close()
        self.env.cr.precommit.run()
        news = self.env["bus.bus"].sudo().search([("id", ">", last)])
        self.assertIn(MARK, str(news.mapped("message")))

        for role, user in self.outsiders():
            names = self._names(user)
            heard = str([row.message for row in news if row.channel in names])
            self.assertNotIn(MARK, heard, role)
            self.assertNotIn(f'"conversation_ids":[{self.conversation.id}]', heard, role)
