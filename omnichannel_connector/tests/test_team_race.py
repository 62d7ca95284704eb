"""Two who assign at once, and who assigns while others write: nobody waits, nothing is lost."""

from odoo.tests import new_test_user, tagged

from .race_common import AGENT, TwoTransactions

NUMBERS = [f"+1202555018{n}" for n in range(4)]


@tagged("-at_install", "post_install")
class TestTeamRace(TwoTransactions):
    """Four customers of a team, two agents, and two who assign."""

    def setUp(self):
        super().setUp()
        users = [new_test_user(self.one, f"race_{name}", AGENT) for name in ("a", "b")]
        self.user_ids = [user.id for user in users]
        self.team_id = (
            self.one["omnichannel.team"]
            .create({"name": "Race", "member_ids": self.user_ids, "assignment": "round_robin"})
            .id
        )
        account = self.one["omnichannel.account"].create(
            {
                "name": "Team race",
                "channel": "sms",
                "external_id": "ACTEAMRACE",
                "sender": "+15005550188",
                "team_id": self.team_id,
            }
        )
        self.account_id = account.id
        for user in users:
            self.one["mail.presence"].create({"user_id": user.id, "status": "online"})
        for minute, number in enumerate(NUMBERS):
            self._receive_from(self.one, number, f"first{minute}", minute)
        self.one.cr.commit()

    def _remove(self, env):
        account = env["omnichannel.account"].browse(self.account_id)
        conversations = self._conversations(env)
        channels, leads = conversations.channel_id, conversations.lead_id
        identities = env["omnichannel.identity"].search([("value", "in", NUMBERS)])
        partners = identities.partner_id | conversations.partner_id
        conversations.unlink()
        channels.unlink()
        leads.unlink()
        identities.unlink()
        partners.unlink()
        account.unlink()
        env["omnichannel.team"].browse(self.team_id).unlink()
        users = env["res.users"].browse(self.user_ids)
        employees = users.partner_id
        users.unlink()
        employees.unlink()

    def _conversations(self, env):
        return env["omnichannel.conversation"].search(
            [("team_id", "=", self.team_id)], order="last_inbound_at"
        )

    def _assign(self, env, limit=10):
        count = env["omnichannel.team"].browse(self.team_id)._assign(limit)
        env.flush_all()
        return count

    def _assert_fair(self):
        self._forget(self.one)
        agents = self._conversations(self.one).mapped(lambda c: c.user_id.id)
        self.assertEqual(agents, self.user_ids * 2)

    def test_a_second_assigner_leaves_the_team_to_the_first(self):
        self._conversations(self.two)  # its view of the world begins here
        self.assertEqual(self._assign(self.one, limit=2), 2)

        self.assertEqual(self._assign(self.two), 0)

        self.one.cr.commit()
        self._forget(self.two)
        self.assertEqual(self._assign(self.two), 2)
        self.two.cr.commit()
        self._assert_fair()

    def test_who_saw_the_team_before_the_turn_moved_on_has_to_repeat(self):
        self._conversations(self.two)
        self._assign(self.one, limit=1)
        self.one.cr.commit()

        self._assert_conflict(lambda: self._assign(self.two))
        self._forget(self.two)
        self.assertEqual(self._assign(self.two), 3)
        self.two.cr.commit()

        self._assert_fair()

    def test_a_conversation_in_which_something_is_written_now_is_passed_over(self):
        self._receive_from(self.two, NUMBERS[0], "second", 9)

        self.assertEqual(self._assign(self.one), 3)
        self.one.cr.commit()
        self.two.cr.commit()

        self._forget(self.one)
        self.assertEqual(self._assign(self.one), 1)
        self.one.cr.commit()
        self.assertTrue(all(self._conversations(self.one).mapped("user_id")))

    def test_what_an_agent_takes_at_this_moment_stays_theirs(self):
        taken = self._conversations(self.two)[0]
        taken.user_id = self.user_ids[1]
        self.two.flush_all()

        self._assign(self.one)
        self.one.cr.commit()
        self.two.cr.commit()

        self._forget(self.one)
        self.assertEqual(self._assign(self.one), 0)
        self.assertEqual(self._conversations(self.one)[0].user_id.id, self.user_ids[1])

    def test_two_messages_at_once_say_only_once_that_we_are_closed(self):
        calendar = self.one["resource.calendar"].create({"name": "Never"})
        calendar.attendance_ids.unlink()
        self.addCleanup(self._drop_calendar, calendar.id)
        team = self.one["omnichannel.team"].browse(self.team_id)
        team.write({"calendar_id": calendar.id, "closed_reply": "Closed."})
        self.one["omnichannel.account"].browse(self.account_id).state = "connected"
        self.one.cr.commit()
        self._forget(self.two)
        self._conversations(self.two)

        self._receive_from(self.one, NUMBERS[0], "late one", 20)
        noted = self._conversations(self.one)[-1].closed_message_id
        self.assertTrue(noted)
        self.one.cr.commit()
        self._assert_conflict(lambda: self._receive_from(self.two, NUMBERS[0], "late two", 20))
        self._forget(self.two)
        self._receive_from(self.two, NUMBERS[0], "late two", 20)
        self.two.cr.commit()

        self._forget(self.one)
        self.assertEqual(self._conversations(self.one)[-1].closed_message_id, noted)

    def _drop_calendar(self, calendar_id):
        self._forget(self.one)
        self.one["omnichannel.team"].browse(self.team_id).calendar_id = False
        self.one["resource.calendar"].browse(calendar_id).unlink()
        self.one.cr.commit()
