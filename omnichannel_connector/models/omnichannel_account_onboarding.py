from odoo import api, models

ADMINISTRATOR = "omnichannel_connector.omnichannel_group_administrator"
AGENT = "omnichannel_connector.omnichannel_group_agent"
ACCOUNTS = "/odoo/action-omnichannel_connector.omnichannel_account_action"
EVENTS = "/odoo/action-omnichannel_connector.omnichannel_event_action"
USERS = "/odoo/action-base.action_res_users"
# A new page: the tour begins when the web client starts.
TOUR = "/odoo/discuss?tour=omnichannel_agent_tour"


class OmnichannelAccount(models.Model):
    _inherit = "omnichannel.account"

    @api.model
    def get_onboarding(self):
        """Return what an empty inbox shows: the way from nothing to the first message.

        `{title, text, steps, tour_url}`, all texts in the user's language. Each step is
        `{key, title, text, label, url, is_done}`; `url` is "" where the user has no right to go.
        Steps are for administrators and until all of them are done; others get the tour.
        Raises AccessError for who is no agent.
        """
        self.check_access("read")
        steps = self._onboarding_steps() if self.env.user.has_group(ADMINISTRATOR) else []
        if all(step["is_done"] for step in steps):
            return {
                "title": self.env._("No conversation here"),
                "text": self.env._(
                    "When a customer writes, the conversation appears here by itself. You can also "
                    "write first: press Conversation on the contact's form."
                ),
                "steps": [],
                "tour_url": TOUR,
            }
        return {
            "title": self.env._("From nothing to the first message"),
            "text": self.env._("Four steps, and every message of your customers arrives here."),
            "steps": steps,
            "tour_url": "",
        }

    @api.model
    def _onboarding_steps(self):
        """Return the steps of `get_onboarding`. Another addon may add its own."""
        accounts = self.search([("company_id", "in", self.env.companies.ids)])
        connected = accounts.filtered(lambda account: account.state == "connected")
        return [
            self._onboarding_connect(accounts, connected),
            self._onboarding_test(accounts),
            self._onboarding_message(connected),
            self._onboarding_agents(),
        ]

    @api.model
    def _onboarding_connect(self, accounts, connected):
        return {
            "key": "connect",
            "title": self.env._("Connect an account"),
            "text": self.env._(
                "Instagram, WhatsApp, a phone number, a mailbox: the set-up guide says what to "
                "enter where."
            ),
            "label": self.env._("Open the account") if accounts else self.env._("Connect"),
            "url": f"{ACCOUNTS}/{accounts[0].id if accounts else 'new'}",
            "is_done": bool(connected),
        }

    @api.model
    def _onboarding_test(self, accounts):
        tested = accounts.filtered(lambda account: account.test_result in ("ok", "warning"))
        return {
            "key": "test",
            "title": self.env._("Let it test itself"),
            "text": self.env._("The self-test says what works, what does not, and what to do."),
            "label": self.env._("Test"),
            "url": f"{ACCOUNTS}/{accounts[0].id}" if accounts else "",
            "is_done": bool(tested),
        }

    @api.model
    def _onboarding_message(self, connected):
        companies = self.env.companies.ids
        domain = [("direction", "=", "inbound"), ("account_id.company_id", "in", companies)]
        names = ", ".join(connected.mapped("name"))
        return {
            "key": "message",
            "title": self.env._("Receive the first message"),
            "text": self.env._("Write to %(accounts)s from your own phone.", accounts=names)
            if names
            else self.env._("Write to the account from your own phone."),
            "label": self.env._("What has arrived"),
            "url": EVENTS if connected else "",
            "is_done": bool(self.env["omnichannel.message"].search_count(domain, limit=1)),
        }

    @api.model
    def _onboarding_agents(self):
        # sudo: whether there are colleagues is no secret, and administrators of this app may not
        # read the groups of users
        users_sudo = self.env["res.users"].sudo()
        agents, administrators = (
            users_sudo.search_count([("all_group_ids", "in", self.env.ref(group).id)])
            for group in (AGENT, ADMINISTRATOR)
        )
        is_manager = self.env.user.has_group("base.group_erp_manager")
        return {
            "key": "agents",
            "title": self.env._("Invite your agents"),
            "text": self.env._("Give them the access right Omnichannel: Agent.")
            if is_manager
            else self.env._(
                "Ask who manages the users to give them the access right Omnichannel: Agent."
            ),
            "label": self.env._("Users"),
            "url": USERS if is_manager else "",
            "is_done": agents > administrators,  # each of whom is an agent, too
        }


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    @api.model
    def get_empty_list_help(self, help_message):
        """Show the onboarding where the list of conversations is empty."""
        # Odoo reads actions with sudo
        accounts = self.env["omnichannel.account"].sudo(False)
        if not accounts.has_access("read"):
            return super().get_empty_list_help(help_message)
        values = {"onboarding": accounts.get_onboarding()}
        template = "omnichannel_connector.omnichannel_onboarding"
        return self.env["ir.qweb"]._render(template, values, minimal_qcontext=True)
