"""What becomes of each e-mail in payloads/email: one `Case` for each file."""

from dataclasses import dataclass

ANA = "ana@ana.example"
EVE = "eve@evil.example"
CARL = "carl@carl.example"
JUERGEN = "juergen@graz.example"
BOB = "bob@bob.example"
HISTORY = "It is dimmable."


@dataclass(frozen=True, slots=True)
class Case:
    """A mail that is delivered twice, to a conversation that is closed.

    `sender` is in whose conversation it lands, once, as theirs; empty: in nobody's. `state` is
    what its event says in the end, empty when the mail is no event of ours. `kind` of the event:
    "ignored" is kept and shown to nobody.
    """

    name: str
    text: str = ""
    sender: str = ANA
    state: str = "done"
    kind: str = "message"
    is_automatic: bool = False
    is_unverified: bool = False
    is_answer: bool = False  # its bubble quotes our answer
    folded: str = ""
    subject: str = "Blue lamp"
    author: str = ""
    also_to: str = ""
    answer_to: str = ""
    files: tuple[str, ...] = ()
    account: str = "hello"
    messages: int = 1  # in all companies together
    is_loss: bool = False  # of our answer, which a person has to look at
    is_bounced: bool = False  # by Odoo
    elsewhere: str = ""  # the model of another record that gets the mail, too


def _answer(name, text, **values):
    return Case(name, text, is_answer=True, **{"subject": "Re: Blue lamp", **values})


def _away(name, is_automatic=True, **values):
    return _answer(name, "I am away until Monday.", is_automatic=is_automatic, **values)


def _nothing(name, **values):
    """Return the case of a mail that is Odoo's or nobody's: no event, no message."""
    return Case(name, **{"sender": "", "state": "", "messages": 0, **values})


def _ignored(name, **values):
    """Return the case of a mail that is kept and shown to nobody."""
    return Case(name, sender="", kind="ignored", messages=0, **values)


THREADING = (
    Case("new", "Is the blue lamp dimmable?"),
    _answer("reply_references", "Great, I take two."),
    _answer("reply_in_reply_to_only", "Great, I take two."),
    _answer("reply_references_only", "Great, I take two."),
    Case("reply_to_her_own_first", "One more thing about this.", subject="Re: Blue lamp"),
    _answer(
        "reply_misses_our_address",
        "Sent to the wrong box.",
        also_to="somebody@elsewhere.example",
    ),
    _answer("reply_to_catchall", "My program wrote to the catchall."),
    Case("reply_unknown_references", "Who are you again?"),
    _answer("reply_long_references", "A long thread."),
    _answer(
        "reply_two_records", "About the newer of the two.", also_to="anything@elsewhere.example"
    ),
    _nothing("reply_to_quotation", elsewhere="res.partner"),
    Case(
        "reply_to_quotation_at_account",
        "I accept it, but I write to the shop.",
        subject="Re: Quotation S00042",
    ),
    _nothing("reply_to_quotation_cc_tag", elsewhere="res.partner"),
    _nothing("reply_to_quotation_bcc", elsewhere="res.partner"),
    Case(
        "reply_to_quotation_at_tag",
        "I accept it, but I write to the shop.",
        subject="Re: Quotation S00042",
    ),
    _nothing("catchall_only", is_bounced=True),
    Case("alias_in_capitals", "Capitals in the address."),
    Case("alias_with_tag", "With a tag in the address."),
    Case("alias_in_cc", "You are in Cc only.", also_to=BOB),
    Case("alias_in_delivered_to", "You were in Bcc."),
    Case("alias_in_x_original_to", "Forwarded by a server.", also_to="info@old-shop.example"),
    Case("two_accounts", "To two addresses of yours."),
    Case("two_companies", "To both of your firms.", messages=2),
    Case("other_company", "An die deutsche Firma.", account="hallo"),
    Case("account_and_other_alias", "To the shop and to a list of jobs.", elsewhere="crm.lead"),
    Case(
        "reply_from_other_address",
        "From my phone, other address.",
        sender="ana.private@mail.example",
        subject="Re: Blue lamp",
    ),
    Case(
        "stranger_knows_message_id",
        "Let me into her thread.",
        sender=EVE,
        subject="Re: Blue lamp",
    ),
)

PEOPLE = (
    Case("cc_others", "My partner reads along.", also_to=f"{BOB} zoe@zoe.example"),
    Case("cc_our_own_address", "You are in both."),
    Case("cc_known_customer", "Carl is your customer, too.", also_to=CARL),
    Case("to_several", "To all of you.", also_to=f"{BOB} {CARL}"),
    Case(
        "cc_customer_answers_all",
        "Carl here, I agree.",
        sender=CARL,
        subject="Re: Blue lamp",
        also_to=ANA,
    ),
    Case("cc_flood", "To the whole village.", also_to="p0@village.example"),
    Case("from_empty", sender="", state="failed", kind="", messages=0),
    Case("from_missing_sender_present", "My program forgot the From."),
    Case("from_two_people", "We both wrote this.", sender=EVE, is_unverified=True),
    Case("from_name_is_address", "I am not Ana.", sender=EVE),
    Case("from_encoded_name_is_address", "Nor am I.", sender=EVE),
    Case("from_bare_name_is_address", "Nor I.", sender=EVE, is_unverified=True),
    Case("from_is_shop_name", "Your invoice is due.", sender=EVE),
    Case("from_non_ascii_name", "Gruß aus Graz", sender=JUERGEN, author="Jürgen Grün"),
    Case("from_raw_utf8_name", "Unencoded header", sender=JUERGEN),
    Case("from_capitals", "Capitals."),
    Case("from_international_domain", "Umlaut domain", sender="uli@bücher.example"),
    Case("from_spoofed", "Please change my bank account.", is_unverified=True),
    _ignored("from_own_account"),
    _ignored("from_own_account_tagged"),
    _ignored("from_catchall"),
    Case(
        "from_staff",
        "A colleague writes to the shop.",
        sender="stan@shop.example.com",
        author="Stan Staff",
    ),
    Case("from_shared_role", "We are an office.", sender="info@firm.example"),
    Case("reply_to_differs", "Please answer elsewhere.", answer_to="ana@work.example"),
    Case("reply_to_same", "Same address."),
    Case("two_partners_one_address", "Which of us is it?", sender="twins@twins.example"),
    Case(
        "blacklisted",
        "I said no news, but I have a question.",
        sender="bea@bea.example",
        author="Bea",
    ),
)

MACHINES = (
    _away("auto_submitted_replied"),
    _away("auto_submitted_parameters"),
    _away("auto_submitted_generated"),
    _away("auto_submitted_no", is_automatic=False),
    _away("auto_precedence_bulk"),
    _away("auto_precedence_auto_reply"),
    _away("auto_x_autoreply"),
    _away("auto_x_autorespond"),
    _away("auto_x_autoreply_from"),
    _away("auto_x_mail_autoreply"),
    _away("auto_null_return_path"),
    _away("auto_outlook_subject", subject="Automatic reply: Blue lamp"),
    _away("auto_outlook_german", subject="Automatische Antwort: Blue lamp"),
    _away("auto_french", subject="Réponse automatique : Blue lamp"),
    _away("auto_answered_by_person", is_automatic=False, subject="Re: Automatic reply: Blue lamp"),
    _away("suppress_of_a_person", is_automatic=False),
    Case(
        "auto_list",
        "News of the choir.",
        sender="choir@lists.example",
        is_automatic=True,
        subject="[choir] News",
    ),
    Case("list_of_ours", "We get our mail through a list."),
    Case(
        "auto_newsletter",
        "Buy our things.",
        sender="news@vendor.example",
        is_automatic=True,
        subject="Offers",
    ),
    Case(
        "auto_noreply",
        "Your ticket was received.",
        sender="no-reply@desk.example",
        is_automatic=True,
        subject="Ticket 123",
    ),
    Case(
        "website_form",
        "I wrote this on your website.",
        sender="no-reply@website.example",
        subject="Contact form",
        answer_to=ANA,
    ),
    *(
        Case(
            f"broken_reply_to_{name}",
            "I wrote this on your website.",
            sender="no-reply@website.example",
            is_automatic=name != "bracket",  # as far as it tells who wants to be answered
            subject="Contact form",
        )
        for name in ("at", "quote", "bracket")
    ),
    _ignored("postmaster_note"),
    _nothing("loop_bounce_reply"),
    _nothing("dsn_with_original", is_loss=True),
    _nothing("dsn_without_original"),
    _nothing("dsn_delayed"),
    _nothing("dsn_from_postmaster", is_loss=True),
    _nothing("dsn_plain_text"),
    _nothing("read_receipt"),
)

BODIES = (
    _answer("quote_gmail", "Yes, two of them.", folded=HISTORY),
    _answer("quote_outlook_web", "Ja, zwei Stück.", folded=HISTORY, subject="AW: Blue lamp"),
    _answer("quote_outlook_desktop", "Yes, two of them.", folded=HISTORY, subject="RE: Blue lamp"),
    _answer("quote_apple", "Sí, dos.", folded=HISTORY),
    _answer("quote_thunderbird", "Oui, deux.", folded=HISTORY),
    _answer("quote_text_english", "Yes, two of them.", folded=HISTORY),
    _answer("quote_text_german", "Ja, zwei Stück.", folded=HISTORY, subject="AW: Blue lamp"),
    _answer("quote_text_portuguese", "Sim, duas.", folded=HISTORY),
    _answer("quote_text_outlook", "Yes, two of them.", folded=HISTORY, subject="RE: Blue lamp"),
    _answer("quote_text_outlook_french", "Oui, deux.", folded=HISTORY, subject="RE: Blue lamp"),
    _answer("quote_inline_answers", "Good.", folded="Two or three?"),
    _answer("html_comments", "Yes, two of them.", folded=HISTORY),
    _answer("control_characters", "Yes, two of them.", folded=HISTORY),
    _answer("quote_huge", "Yes, two of them.", folded="as we told you"),
    Case("signature", "Two of them, please.", folded="Lamps & More"),
    Case("forwarded", "Ask the shop about the brass one.", subject="Fwd: Lamp"),
    Case("forwarded_outlook", "Ask the shop about the brass one.", subject="FW: Lamp"),
    Case("forwarded_as_attachment", "See what he wrote.", subject="Fwd: Lamp", files=("Lamp.eml",)),
    Case("html_only", "Only HTML here."),
    Case("html_dangerous", "Harmless text."),
    Case("html_tracking_pixel", "You are watched."),
    Case("no_text"),
    Case("no_subject_no_date", "Neither subject nor date.", subject=""),
    Case("only_attachment", files=("plan.pdf",)),
    Case("utf8_unlabelled", "Grüße aus Köln"),
    Case("latin1", "Grüße aus Köln"),
    Case("shift_jis", "ランプをください"),
    Case("koi8_quoted_printable", "Лампа"),
    Case("unknown_charset", "Grüße aus Köln"),
    Case("wrong_charset", "Grüße aus Köln"),
    Case("broken_base64", "Is the blue lamp dimmable?"),
    Case("broken_multipart", "The end is missing."),
    Case("multipart_without_boundary", "There is no boundary."),
    Case("nul_bytes", "Beforeafter"),
    Case("nul_message_id", "A zero in my Message-ID."),
    _answer("nul_references", "A zero in my References.", also_to="somebody@elsewhere.example"),
    Case("unknown_transfer_encoding", "What is rot13?"),
    Case("broken_date", "When was it?"),
    Case("future_date", "From the year 2099."),
    Case("encoded_subject", "Subject in pieces.", subject="Blaue Lämpchen"),
    Case("no_message_id", "My program writes no Message-ID."),
    Case("no_message_id_no_date", "Nor a date."),
    Case("message_id_huge", "My Message-ID is longer than any index."),
    Case("folded_message_id", "The Message-ID is on the next line."),
    _nothing("duplicate_message_id"),
)

FILES = (
    Case("inline_image", "This one:", files=("lamp.png",)),
    Case("inline_image_without_name", "No name:", files=("image3.png",)),
    Case("inline_images_same_name", "and", files=("image.png", "image.png")),
    Case(
        "evil_file_names",
        "Look at these.",
        files=("passwd", "fdp.exe", "long.pdf"),
    ),
    Case("calendar_invite", "Shall we meet?", subject="Invitation: Lamps", files=("invite.ics",)),
    Case("winmail_dat", "Sent by Outlook as rich text.", files=("winmail.dat",)),
    Case("signed", "Signed by me.", files=("smime.p7s",)),
    Case("text_around_file", "Below the file.", files=("notes.txt",)),
)

CASES = THREADING + PEOPLE + MACHINES + BODIES + FILES
