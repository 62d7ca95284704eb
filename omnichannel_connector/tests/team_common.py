"""What the tests of teams share."""

from odoo.tests import new_test_user

from .common import OmnichannelCase

GROUP = "omnichannel_connector.omnichannel_group_"


class TeamCase(OmnichannelCase):
    """Two agents of Support, where SMS comes in, and one of Sales, where Instagram does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bo = cls._agent("bo")
        cls.cy = cls._agent("cy")
        cls.stranger = cls._agent("other")
        cls.supervisor = new_test_user(cls.env, "boss", f"{GROUP}supervisor", name="Boss")
        cls.support = cls._team("Support", cls.bo | cls.cy, cls.sms)
        cls.sales = cls._team("Sales", cls.agent, cls.instagram)

    @classmethod
    def _agent(cls, login, **values):
        return new_test_user(cls.env, login, f"{GROUP}agent", name=login.title(), **values)

    @classmethod
    def _team(cls, name, members, accounts, **values):
        team = cls.env["omnichannel.team"].create(
            {"name": name, "member_ids": members.ids, **values}
        )
        accounts.team_id = team
        return team

    def _be(self, status, *users):
        """Let these users be online, away or offline, as their browsers would tell."""
        presences = self.env["mail.presence"]
        for user in users:
            known = presences.search([("user_id", "=", user.id)])
            if known:
                known.status = status
            else:
                presences.create({"user_id": user.id, "status": status})

    def _attend(self):
        """Run the scheduled action of the teams."""
        self._run_cron("ir_cron_omnichannel_team")

    def _customers(self, count, start=100):
        """Return the conversations of so many customers who write by SMS, in that order."""
        return [
            self._receive_sms("Hello", sender=f"+1202555{number:04d}", sid=f"SMt{number}")
            for number in range(start, start + count)
        ]

    def _lines(self, conversation):
        """Return what stands in the thread that is no message: notes and notices."""
        messages = self.env["mail.message"].search(
            [
                ("model", "=", "discuss.channel"),
                ("res_id", "=", conversation.channel_id.id),
                ("omnichannel_message_ids", "=", False),
            ],
            order="id",
        )
        return messages.mapped("preview")
