import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS
from odoo.tools.misc import consteq, hmac

from ..channels.events import Action
from .omnichannel_consent import SERVICE

CHANNELS = {"email": "email", "phone": "sms"}  # by which an address is asked
LIFE = timedelta(minutes=30)
ATTEMPTS = 5
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PER_ADDRESS = 3  # a day, over all conversations: nobody may use us to bother a stranger
PER_CONVERSATION = 5  # a day
PER_ACCOUNT = 60  # an hour
SCOPE = "omnichannel_connector.verification"


class OmnichannelVerification(models.Model):
    """A question to a claimed address: is it yours? Asked by a code or by a signed link.

    What is asked for is kept as a hash only. A code counts in the conversation in which the
    address was typed, and nowhere else; a link counts when it is confirmed on its page.
    """

    _name = "omnichannel.verification"
    _description = "Address Verification"
    _order = "id desc"
    _rec_name = "claim_id"

    claim_id = fields.Many2one(
        "omnichannel.identity", "Address", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Char(required=True, readonly=True)
    value = fields.Char(required=True, readonly=True)
    conversation_id = fields.Many2one(
        "omnichannel.conversation", required=True, readonly=True, ondelete="cascade"
    )
    account_id = fields.Many2one(
        "omnichannel.account", "Sent Through", required=True, readonly=True, ondelete="cascade"
    )
    method = fields.Selection([("code", "Code"), ("link", "Link")], required=True, readonly=True)
    is_automatic = fields.Boolean("Automatic", readonly=True)
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("verified", "Verified"),
            ("expired", "Expired"),
            ("failed", "Failed"),
            ("canceled", "Canceled"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    reason = fields.Char(readonly=True, help="Why it failed.")
    nonce = fields.Char(required=True, readonly=True, groups=NO_ACCESS)
    secret_hash = fields.Char(required=True, readonly=True, groups=NO_ACCESS)
    started_at = fields.Datetime("Asked", required=True, readonly=True)
    expires_at = fields.Datetime("Valid Until", required=True, readonly=True)
    settled_at = fields.Datetime("Settled", readonly=True)
    attempts_left = fields.Integer(required=True, readonly=True, default=ATTEMPTS)
    day = fields.Date(required=True, readonly=True)
    turn = fields.Integer(required=True, readonly=True, help="The how many-th of the day.")
    mail_id = fields.Many2one(
        "mail.mail", readonly=True, ondelete="set null", index="btree_not_null", groups=NO_ACCESS
    )
    delivery_ids = fields.One2many("omnichannel.delivery", "verification_id", groups=NO_ACCESS)

    _pending_unique = models.UniqueIndex(
        "(claim_id) WHERE state = 'pending'", "This address is being verified already."
    )
    # two at the same moment must not both believe that they are the last one allowed
    _turn_unique = models.UniqueIndex(
        "(kind, value, day, turn)", "Somebody else is asking this address now. Try again."
    )
    _link_unique = models.UniqueIndex("(secret_hash) WHERE method = 'link'")
    _conversation_idx = models.Index("(conversation_id, state)")
    _account_idx = models.Index("(account_id, started_at)")

    # === BEFORE === #

    @api.model
    def _start(self, claim, conversation, method, is_automatic=False):
        """Ask a claimed address whether it is the customer's; return the verification.

        Raise UserError with the reason when that may not be done. An earlier one of the same
        claim is canceled. Writes on the conversation, so that two at once repeat. The caller has
        checked the rights and is superuser.
        """
        now = fields.Datetime.now()
        conversation.verification_at = now
        conversation.flush_recordset()
        account = self._choose_account(claim, conversation.company_id, method)
        self._check_allowed(claim, conversation)
        self._check_limits(claim, conversation, account, now)
        self._search_pending(claim)._cancel()
        secret = self._make_secret(method)
        nonce = secrets.token_hex(16) if method == "code" else "link"
        verification = self.create(
            {
                "claim_id": claim.id,
                "kind": claim.kind,
                "value": claim.value,
                "conversation_id": conversation.id,
                "account_id": account.id,
                "method": method,
                "is_automatic": is_automatic,
                "nonce": nonce,
                "secret_hash": self._hash(nonce, secret),
                "started_at": now,
                "expires_at": now + LIFE,
                "day": now.date(),
                "turn": self._count(claim, [("day", "=", now.date())]) + 1,
            }
        )
        verification._send_secret(secret)
        return verification

    @api.model
    def _start_unasked(self, claim, owner):
        """Ask a claimed address on our own accord, unless that may not be done."""
        if (owner | claim).filtered(lambda identity: identity._is_public()):
            return
        try:
            conversation = claim.claim_message_id.conversation_id
            self._start(claim, conversation, "code", is_automatic=True)
        except UserError:
            return  # a person may still decide; the panel shows the claim

    @api.model
    def _choose_account(self, claim, company, method):
        """Return the first connected account that can write to a claim, without a window."""
        if method == "link" and claim.kind != "email":
            raise UserError(self.env._("A link is sent by e-mail only. Send a code."))
        accounts = self.env["omnichannel.account"].search(
            [("company_id", "=", company.id), ("state", "=", "connected")], order="id"
        )
        for account in accounts:
            is_able = Action.MESSAGE in account._actions() and account._can_reach(claim)
            if is_able and account._window() is None:
                return account
        raise UserError(
            self.env._(
                "No connected account can write to %(address)s. Connect an e-mail or SMS account.",
                address=claim.value,
            )
        )

    @api.model
    def _check_allowed(self, claim, conversation):
        """Raise UserError when this address may not be asked."""
        if not claim._is_open_claim():
            raise UserError(self.env._("Nothing is to be decided about this address any more."))
        if not conversation._verifying_identities():
            raise UserError(
                self.env._("Nobody knows who wrote this: the sender itself is not verified.")
            )
        same = self.env["omnichannel.identity"].search(
            [
                ("kind", "=", claim.kind),
                ("scope", "=", ""),
                ("value", "=", claim.value),
                ("trust", "!=", "claimed"),
            ]
        )
        channel = CHANNELS[claim.kind]
        keys = {(identity, channel, SERVICE) for identity in same | claim}
        if self.env["omnichannel.identity"]._refusals(keys, is_human=False):
            raise UserError(self.env._("This address wants no messages from us."))

    @api.model
    def _check_limits(self, claim, conversation, account, now):
        """Raise UserError when too much was asked already."""
        today = [("started_at", ">", now - DAY)]
        of_conversation = [("conversation_id", "=", conversation.id), *today]
        of_account = [("account_id", "=", account.id), ("started_at", ">", now - HOUR)]
        is_too_much = (
            self._count(claim, today) >= PER_ADDRESS
            or self.search_count(of_conversation) >= PER_CONVERSATION
            or self.search_count(of_account) >= PER_ACCOUNT
        )
        if is_too_much:
            raise UserError(
                self.env._("Too many codes were sent already. Try again later, or ask in person.")
            )

    @api.model
    def _count(self, claim, domain):
        """Return how many there are of an address, whoever claims it."""
        return self.search_count([("kind", "=", claim.kind), ("value", "=", claim.value), *domain])

    @api.model
    def _search_pending(self, claims):
        return self.search([("claim_id", "in", claims.ids), ("state", "=", "pending")])

    # === SECRETS === #

    @api.model
    def _make_secret(self, method):
        if method == "code":
            return f"{secrets.randbelow(10**6):06d}"
        return secrets.token_urlsafe(32)

    @api.model
    def _hash(self, nonce, secret):
        """Return what is kept of a secret. Without the database's own key nobody can guess it."""
        return hmac(self.env(su=True), SCOPE, (nonce, secret))

    def _has_secret(self, secret):
        return consteq(self._hash(self.nonce, secret), self.secret_hash)

    @api.model
    def _find_link(self, token):
        """Return the verification that a link asks for, empty when it does no longer or never."""
        found = self.search(
            [("method", "=", "link"), ("secret_hash", "=", self._hash("link", token))]
        )
        return found.filtered(lambda verification: verification._is_open())

    # === STATES === #

    def _is_open(self):
        return self.state == "pending" and self.expires_at > fields.Datetime.now()

    def _settle(self, state, reason=False):
        """End these, one way or another. What was not sent yet never will be."""
        self.write({"state": state, "reason": reason, "settled_at": fields.Datetime.now()})
        self._forget_secret()

    def _cancel(self):
        self._settle("canceled")

    def _use_attempts(self, count):
        """Count wrong answers. After the last one no answer is right any more."""
        for verification in self:
            verification.attempts_left = max(verification.attempts_left - count, 0)
            if not verification.attempts_left:
                verification._settle("failed", self.env._("Too many wrong answers."))
                verification._post_note(
                    self.env._(
                        "The code for %(address)s was wrong too often: it is void now.",
                        address=verification.claim_id._mask(),
                    )
                )

    @api.autovacuum
    def _gc_expired(self):
        """Mark what expired, and forget what was sent."""
        expired = self.search(
            [("state", "=", "pending"), ("expires_at", "<", fields.Datetime.now())], limit=1000
        )
        expired._settle("expired")

    def _post_note(self, text):
        """Tell the agents, in the thread where the address was typed."""
        self.conversation_id._post_notice(text, fields.Datetime.now())


class OmnichannelConversation(models.Model):
    _inherit = "omnichannel.conversation"

    verification_at = fields.Datetime(readonly=True, help="When an address was last asked.")

    def _verifying_identities(self):
        """Return from where an answer counts: what the customer certainly writes from."""
        return self.partner_id.omnichannel_identity_ids.filtered(
            lambda identity: not identity._is_word_only()
        )

    def _merge_into(self, target):
        """Take what is being verified along."""
        verifications = self.env["omnichannel.verification"].search(
            [("conversation_id", "in", self.ids)]
        )
        verifications.conversation_id = target
        return super()._merge_into(target)
