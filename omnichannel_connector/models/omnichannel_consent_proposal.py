from lxml import html

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, html2plaintext

from ..channels.events import Kind, OptOut
from ..channels.opt_out import own_words, wish
from .omnichannel_consent import BOTH, MARKETING, SERVICE
from .omnichannel_conversation_choice import EMAIL

LONGEST_WORDS = 500


class OmnichannelConsentProposal(models.Model):
    """What a customer seems to ask for in a free text. A person decides.

    Until then marketing automations are held on that channel, and nothing else.
    """

    _name = "omnichannel.consent.proposal"
    _description = "Consent Proposal"
    _order = "id desc"
    _rec_name = "words"

    message_id = fields.Many2one(
        "omnichannel.message", required=True, readonly=True, ondelete="cascade"
    )
    conversation_id = fields.Many2one(related="message_id.conversation_id")
    identity_id = fields.Many2one(
        "omnichannel.identity", required=True, readonly=True, ondelete="cascade"
    )
    channel = fields.Selection(selection="_get_channels", required=True, readonly=True)
    wants = fields.Selection(
        [("stop", "Asked to stop"), ("start", "Asked to get messages again")],
        required=True,
        readonly=True,
    )
    is_marketing = fields.Boolean("Offers and News Only", readonly=True)
    words = fields.Text(readonly=True)
    state = fields.Selection(
        [("open", "To decide"), ("recorded", "Recorded"), ("ignored", "Ignored")],
        required=True,
        readonly=True,
        default="open",
    )
    user_id = fields.Many2one("res.users", "Decided By", readonly=True, ondelete="set null")

    _message_unique = models.UniqueIndex("(message_id, channel)")
    _open_idx = models.Index("(identity_id) WHERE state = 'open'")

    @api.model
    def _get_channels(self):
        return self.env["omnichannel.account"]._get_channels()

    # === PROPOSE === #

    @api.model
    def _propose(self, written):
        """Propose what these messages ask for: [(Incoming, omnichannel.message)]."""
        vals_list = []
        for item, message in written:
            if item.inbound.kind is Kind.COMMENT or item.inbound.opt_out is not OptOut.NOTHING:
                continue
            words = self._words(item, message)
            if found := wish(words):
                vals_list.append(self._prepare_proposal(message, words, found))
        if vals_list:
            self.create(vals_list)

    def _words(self, item, message):
        """Return what the customer wrote now, without what they quote of us."""
        if item.account.channel != EMAIL:
            return item.inbound.text
        mail_message = message.mail_message_id
        subject = mail_message.subject or ""
        subject = "" if ":" in subject else subject  # Re: repeats ours
        body = html.fromstring(f"<div>{mail_message.body}</div>")
        for quote in body.xpath("//*[@data-o-mail-quote] | //blockquote"):
            quote.drop_tree()
        text = html2plaintext(html.tostring(body, encoding="unicode"), include_references=False)
        return "\n".join(filter(None, (subject, own_words(text).strip())))

    def _prepare_proposal(self, message, words, found):
        channel = found.channel
        if not channel or not self._targets(message, channel):
            channel = message.channel
        return {
            "message_id": message.id,
            "identity_id": message.identity_id.id,
            "channel": channel,
            "wants": found.wants.value,
            "is_marketing": found.is_marketing,
            "words": words[:LONGEST_WORDS],
        }

    def _targets(self, message, channel):
        """Return the addresses that a wish is about: that of the message, or those of a channel."""
        if channel == message.channel:
            return message.identity_id
        identities = message.identity_id.partner_id.omnichannel_identity_ids
        return identities.filtered(
            lambda i: i.trust != "claimed" and channel in i._messaging_channels()
        )

    # === DECIDE === #

    def action_record(self):
        """Record what these ask for, in the customer's own words.

        Raise UserError when only the customer can: a provider that blocks us hears nobody else.
        """
        for proposal_sudo in self._check_decision():
            proposal_sudo._record()
            proposal_sudo._close("recorded")
        return True

    def action_ignore(self):
        """Note that it was not meant so."""
        self._check_decision()._close("ignored")
        return True

    def _check_decision(self):
        """Return the open ones of these as superuser, for who may answer in their threads."""
        self.check_access("read")
        self.message_id.conversation_id.check_access("write")
        # sudo: nobody writes proposals but these methods, after these checks
        return self.sudo().filtered(lambda proposal: proposal.state == "open")

    def _close(self, state):
        self.write({"state": state, "user_id": self.env.uid})
        self.message_id._push_state()

    def _record(self):
        """Record at every address that it is about.

        Who wants to be written to again gets back what they had agreed to before; only who asks
        for offers agrees to them.
        """
        targets = self._targets(self.message_id, self.channel)
        if self.wants == "stop":
            wanted = {"refused": (MARKETING,) if self.is_marketing else BOTH}
        elif self.is_marketing:
            wanted = {"lifted": (SERVICE,), "granted": (MARKETING,)}
        else:
            wanted = {"lifted": BOTH}
        if self.wants == "start":
            targets._check_unlocked(self.channel)
        for identity in targets:
            for state, purposes in wanted.items():
                self.env["omnichannel.consent"]._record(
                    identity,
                    self.channel,
                    purposes,
                    state,
                    "keyword",
                    words=self.words,
                    evidence=self.message_id.account_id.name,
                    message=self.message_id,
                    occurred_at=self.message_id.occurred_at,
                )

    def _to_client(self):
        """Return what the web client shows of these, as a list of dicts."""
        labels = dict(self._get_channels())
        return [
            {
                "id": proposal.id,
                "wants": proposal.wants,
                "channel": proposal.channel,
                "channelLabel": labels.get(proposal.channel, proposal.channel),
                "isMarketing": proposal.is_marketing,
                "words": proposal.words or "",
            }
            for proposal in self
        ]


class OmnichannelMessage(models.Model):
    _inherit = "omnichannel.message"

    proposal_ids = fields.One2many("omnichannel.consent.proposal", "message_id")

    def _to_store_value(self):
        """Add what the message seems to ask for, until somebody decided it."""
        # sudo: who may read the message may read what it seems to say
        waiting_sudo = self.sudo().proposal_ids.filtered(lambda p: p.state == "open")
        return {**super()._to_store_value(), "proposals": waiting_sudo._to_client()}


class OmnichannelIdentity(models.Model):
    _inherit = "omnichannel.identity"

    def _check_unlocked(self, channel):
        """Raise UserError where the provider told a refusal: only the customer can end it."""
        for identity, standings in self._own_standings().items():
            for (code, _purpose), standing in standings.items():
                if code == channel and standing.is_locked:
                    raise UserError(identity._locked_sentence(standing))

    def _locked_sentence(self, standing):
        return self.env._(
            "%(refusal)s Only the customer can take that back: by writing to us on that channel, "
            "START in a text message.",
            refusal=self._refusal_sentence(standing),
        )

    def _held_channels(self):
        """Return {(identity, channel)} where a wish to stop waits for a decision."""
        if not self.ids:
            return set()
        self.env["omnichannel.consent.proposal"].flush_model()
        query = SQL(
            """
            WITH own AS (SELECT id, partner_id FROM omnichannel_identity WHERE id IN %s),
            relative AS (
                SELECT id AS own_id, id AS other_id FROM own
                 UNION
                SELECT own.id, other.id
                  FROM own JOIN omnichannel_identity other USING (partner_id))
            SELECT r.own_id, p.channel
              FROM relative r
              JOIN omnichannel_consent_proposal p ON p.identity_id = r.other_id
             WHERE p.state = 'open' AND p.wants = 'stop'
            """,
            tuple(self.ids),
        )
        return {(self.browse(id_), channel) for id_, channel in self.env.execute_query(query)}
