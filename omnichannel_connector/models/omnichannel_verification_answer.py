from odoo import api, fields, models

VERIFIED_SCORE = 90  # what it says that somebody proved to read another customer's mail


class OmnichannelVerification(models.Model):
    """The answer, and what follows from it: as little as can be, and all of it can be undone."""

    _inherit = "omnichannel.verification"

    # === CODES === #

    @api.model
    def _take_answers(self, words):
        """Compare what may be codes in new messages with what is asked in their conversations.

        One query for the batch. A code counts where the address was typed and from an address of
        that customer only: in another thread, or from the claimed address itself, it may be a
        victim who asks what it is. Each wrong answer uses up an attempt.
        """
        answers = [(entry.message, entry.codes) for entry in words if entry.codes]
        if not answers:
            return
        conversations = {message.conversation_id.id for message, _codes in answers}
        pending = self.search(
            [
                ("conversation_id", "in", list(conversations)),
                ("state", "=", "pending"),
                ("method", "=", "code"),
            ]
        ).grouped("conversation_id")
        for message, codes in answers:
            asked = pending.get(message.conversation_id, self.browse())
            asked.filtered(lambda v, m=message: v._is_open() and v._may_answer(m))._try(codes)

    def _may_answer(self, message):
        identity = message.identity_id
        is_claimed = (identity.kind, identity.value) == (self.kind, self.value)
        return identity.trust != "claimed" and not is_claimed

    def _try(self, codes):
        """Take one of these answers as right, or count all of them as wrong."""
        for verification in self:
            if any(verification._has_secret(code) for code in codes[: verification.attempts_left]):
                verification._succeed()
                return
        self._use_attempts(len(codes))

    # === LINKS === #

    def _confirm(self):
        """The reader of the mail says that the address is theirs and that they wrote to us."""
        self._succeed()

    def _deny(self):
        """The reader of the mail says that somebody else wrote to us: they are asked no more."""
        self._settle("canceled", self.env._("The reader of the mail says it was not them."))
        self.claim_id._dismiss(self.conversation_id.company_id)
        self._post_note(
            self.env._(
                "Careful: whoever reads %(address)s says that they did not write to us.",
                address=self.claim_id._mask(),
            )
        )

    # === SUCCESS === #

    def _succeed(self):
        """Note that the claim is true. Nothing moves but what a mere stranger wrote."""
        self.ensure_one()
        self._settle("verified")
        claim, conversation = self.claim_id, self.conversation_id
        if not claim._is_open_claim():
            return
        evidence = self._evidence()
        owner = claim._find_owner(conversation.company_id)
        if not owner:
            claim._promote("attested", evidence)
            self._post_note(self._describe(self.env._("It is theirs from now on.")))
            return
        claim.claim_state = "settled"
        if owner.partner_id == claim.partner_id:
            owner._raise_trust("attested", evidence)
            self._post_note(self._describe(self.env._("It was known as theirs already.")))
        elif self._may_link(owner):
            self._link_to(owner, evidence)
        else:
            self._suggest(owner)

    def _evidence(self):
        template = (
            self.env._("Proved by a code on %(date)s")
            if self.method == "code"
            else self.env._("Proved by a link on %(date)s")
        )
        return template % {"date": fields.Date.to_string(fields.Date.today())}

    def _describe(self, consequence):
        return self.env._(
            "The customer proved to read %(address)s. %(consequence)s",
            address=self.claim_id._mask(),
            consequence=consequence,
        )

    def _may_link(self, owner):
        """Tell whether the claimant is a mere stranger and the owner the one customer it can be."""
        partner = self.claim_id.partner_id
        if not owner.partner_id or owner._is_public() or owner._is_staff_address():
            return False
        own = partner.omnichannel_identity_ids - self.claim_id
        is_stranger = all(
            identity.source == "channel" and identity.trust == "observed"
            for identity in own
            if not identity._is_word_only()
        )
        return is_stranger and not partner.with_context(active_test=False).user_ids

    def _link_to(self, owner, evidence):
        """Give what the stranger wrote to the customer whose address they proved to have."""
        conversation, partner = self.conversation_id, owner.partner_id
        owner._raise_trust("attested", evidence)
        self._post_note(
            self._describe(self.env._("The conversation goes on in that customer's thread."))
        )
        conversation._verifying_identities()._link(partner, "verification", evidence)
        target = conversation._for_partners(conversation.company_id, partner)[partner]
        target._post_notice(
            self._describe(self.env._("What they wrote before was added to this thread.")),
            fields.Datetime.now(),
        )
        (conversation | target)._push_inbox()

    def _suggest(self, owner):
        """Leave it to a person: too much is known of both to decide it here."""
        source = self.claim_id.claim_message_id.identity_id
        source = source or self.conversation_id._verifying_identities()[:1]
        if owner.partner_id and source:
            self.env["omnichannel.suggestion"]._propose(
                source, owner.partner_id, "typed", VERIFIED_SCORE
            )
        self._post_note(
            self._describe(
                self.env._("A customer has that address already: decide whether it is the same.")
            )
        )
