"""Every way to write a note, for test_note_leak.py.

To add a way, add a row: POSTS are arguments of `message_post`, ROUTES what a browser sends to
/mail/message/post, WAYS anything else, as a function of the test case and the text. A way that is
refused belongs in REFUSED, too: what is written nowhere reaches nobody, and proves nothing.
"""

import json
from datetime import timedelta

from odoo import fields

from .note_common import CUSTOMER_MAIL

# what `message_post` may be called with by RPC, besides a body
POSTS = {
    "without anything": lambda t: {},
    "key empty": lambda t: {"omnichannel_key": ""},
    "key None": lambda t: {"omnichannel_key": None},
    "key False": lambda t: {"omnichannel_key": False},
    "key 0": lambda t: {"omnichannel_key": 0},
    "key []": lambda t: {"omnichannel_key": []},
    "key {}": lambda t: {"omnichannel_key": {}},
    "key note": lambda t: {"omnichannel_key": "note"},
    "key True": lambda t: {"omnichannel_key": True},
    "key list": lambda t: {"omnichannel_key": ["email"]},
    "key dict": lambda t: {"omnichannel_key": {"channel": "email"}},
    "key upper": lambda t: {"omnichannel_key": "EMAIL"},
    "key of nobody": lambda t: {"omnichannel_key": f"{t.sms.id}:0"},
    "key of another's": lambda t: {"omnichannel_key": t.key_of_another},
    "subtype xmlid": lambda t: {"subtype_xmlid": "mail.mt_comment"},
    "subtype id": lambda t: {"subtype_id": t.env.ref("mail.mt_comment").id},
    "mention of the customer": lambda t: {"partner_ids": t.partner_ids},
    "mention of everyone": lambda t: {"special_mentions": ["everyone"]},
    "mention of a colleague": lambda t: {"partner_ids": t.colleague.partner_id.ids},
    "type notification": lambda t: {"message_type": "notification", "partner_ids": t.partner_ids},
    "type email": lambda t: {"message_type": "email", "partner_ids": t.partner_ids},
    "type email_outgoing": lambda t: {
        "message_type": "email_outgoing",
        "partner_ids": t.partner_ids,
    },
    "type auto_comment": lambda t: {"message_type": "auto_comment", "partner_ids": t.partner_ids},
    "type sms": lambda t: {"message_type": "sms", "partner_ids": t.partner_ids},
    "type sms to a number": lambda t: {"message_type": "sms", "sms_numbers": [t.ana.phone]},
    "sms numbers": lambda t: {"sms_numbers": [t.ana.phone]},
    "sms of the customer": lambda t: {
        "sms_pid_to_number": {t.ana.id: t.ana.phone},
        "partner_ids": t.partner_ids,
    },
    "sms in the queue": lambda t: {"sms_numbers": [t.ana.phone], "put_in_queue": True},
    "address to notify": lambda t: {"outgoing_email_to": CUSTOMER_MAIL},
    "address in copy": lambda t: {"incoming_email_to": CUSTOMER_MAIL, "reply_to": CUSTOMER_MAIL},
    "as the customer": lambda t: {"author_id": t.ana.id, "partner_ids": t.partner_ids},
    "from the account": lambda t: {"email_from": t.email.alias_email},
    "notify the author": lambda t: {"notify_author": True, "notify_author_mention": True},
    "scheduled notification": lambda t: {
        "scheduled_date": fields.Datetime.to_string(fields.Datetime.now() + timedelta(days=1)),
        "partner_ids": t.partner_ids,
    },
    "answer to the customer": lambda t: {"parent_id": t.last_inbound.id},
    "with a file": lambda t: {"attachments": [["plan.txt", b"Leak file"]]},
    "for the guests": lambda t: {"is_internal": False, "subtype_xmlid": "mail.mt_comment"},
}

# what a browser may send: (post_data, context)
ROUTES = {
    "composer": lambda t: ({}, {}),
    "composer, key empty": lambda t: ({"omnichannel_key": ""}, {}),
    "composer, key note": lambda t: ({"omnichannel_key": "note"}, {}),
    "composer, key list": lambda t: ({"omnichannel_key": ["sms", "email"]}, {}),
    "composer, comment": lambda t: ({"subtype_xmlid": "mail.mt_comment"}, {}),
    "composer, mention": lambda t: ({"partner_ids": t.partner_ids}, {}),
    "composer, typed address": lambda t: ({"partner_emails": [CUSTOMER_MAIL]}, {}),
    "composer, everyone": lambda t: ({"special_mentions": ["everyone"]}, {}),
    "composer, forged plan": lambda t: ({}, {"omnichannel_plan": t.forged_plan}),
    "composer, forged name of a plan": lambda t: ({}, {"omnichannel_plan": "SendPlan"}),
    "composer, default key": lambda t: ({}, {"default_omnichannel_key": "email"}),
    "composer, autofollow": lambda t: (
        {"partner_ids": t.partner_ids},
        {"mail_post_autofollow": True, "mail_notify_force_send": True},
    ),
}


def _wizard(t, text, **values):
    composer = t.env["mail.compose.message"].with_user(t.agent)
    context = {"default_model": "discuss.channel", "default_res_ids": t.channel.ids}
    values = {"body": text, "partner_ids": [(6, 0, t.partner_ids)], **values}
    composer.with_context(**context).create(values)._action_send_mail()


def _template(t, text, **values):
    return t.env["mail.template"].create(
        {
            "name": "Leaking",
            "model_id": t.env["ir.model"]._get_id("discuss.channel"),
            "subject": text,
            "body_html": text,
            "use_default_to": False,
            "partner_to": str(t.ana.id),
            **values,
        }
    )


def _scheduled(t, text, **parameters):
    scheduled = t.env["mail.scheduled.message"].with_user(t.agent)
    scheduled.create(
        {
            "author_id": t.agent.partner_id.id,
            "model": "discuss.channel",
            "res_id": t.channel.id,
            "body": text,
            "scheduled_date": fields.Datetime.now() + timedelta(hours=1),
            "partner_ids": [(6, 0, t.partner_ids)],
            "notification_parameters": json.dumps(parameters),
            "send_context": {"omnichannel_plan": t.forged_plan, "mail_notify_force_send": True},
        }
    ).post_message()


def _note(t, text="Quiet note"):
    return t.channel.message_post(body=text, message_type="comment")


def _edited(t, text, **values):
    note = _note(t)
    data = {"body": text, "message_type": "comment", **values}
    t.ask("/mail/message/update_content", {"message_id": note.id, "update_data": data})


def _rewritten(t, text, **values):
    """Change one's own note by RPC, as its author may."""
    note = _note(t, text).with_user(t.agent)
    note.write(values)


def _reacted(t, text):
    params = {"message_id": _note(t, text).id, "content": "👍", "action": "add"}
    t.ask("/mail/message/reaction", params)


def _uploaded(t, text):
    note = t.post(text, attachments=[["plan.txt", text.encode()]])
    files = (
        t.env["ir.attachment"].with_user(t.portal).search([("id", "in", note.attachment_ids.ids)])
    )
    t.assertFalse(files, "a customer may read the note's file")


def _mailed_colleague_answers(t, text):
    """A colleague who was mentioned answers from their own mail program."""
    note = t.post(text, partner_ids=t.colleague.partner_id.ids)
    raw = (
        f"From: {t.colleague.email}\r\nTo: {note.reply_to or t.email.alias_email}\r\n"
        f"In-Reply-To: {note.message_id}\r\nReferences: {note.message_id}\r\n"
        f"Message-ID: <colleague@example.com>\r\nSubject: Re\r\n\r\nSo do I. {text}\r\n"
    )
    root = t.env.ref("base.user_root")
    t.env["mail.thread"].with_user(root).message_process(None, raw.encode())
    events = t.env["omnichannel.event"].search([("state", "=", "new")])
    events._process()
    told = t._new("omnichannel.message")
    t.assertNotIn(t.ana, told.conversation_id.partner_id)
    t.before["omnichannel.message"] |= told  # to us, by whoever it was


def _activity(t, text):
    """The customer follows their own record: what we write there about a task is ours."""
    t.ana.message_subscribe(t.ana.ids)
    task = t.ana.activity_schedule("mail.mail_activity_data_todo", user_id=t.agent.id)
    task.with_user(t.agent).action_feedback(feedback=text)


# everything else: a function of the test and the text
WAYS = {
    "wizard": _wizard,
    "wizard, note": lambda t, text: _wizard(t, text, subtype_id=t.env.ref("mail.mt_note").id),
    "wizard, many": lambda t, text: _wizard(t, text, composition_mode="mass_mail"),
    "wizard, from a template": lambda t, text: _wizard(t, text, template_id=_template(t, text).id),
    "template as a post": lambda t, text: t.channel.message_post_with_source(
        _template(t, text), message_type="comment"
    ),
    "template as a notice": lambda t, text: t.channel.message_post_with_source(_template(t, text)),
    "template as a mail": lambda t, text: t.channel.message_mail_with_source(_template(t, text)),
    "template sent": lambda t, text: _template(t, text, email_to=CUSTOMER_MAIL).send_mail(
        t.channel.id
    ),
    "scheduled": lambda t, text: _scheduled(t, text),
    "scheduled comment": lambda t, text: _scheduled(t, text, message_type="comment"),
    "scheduled mail": lambda t, text: _scheduled(t, text, message_type="email_outgoing"),
    "scheduled with a key": lambda t, text: _scheduled(t, text, omnichannel_key="email"),
    "notify": lambda t, text: t.channel.message_notify(body=text, partner_ids=t.partner_ids),
    "notify by SMS": lambda t, text: t.channel.message_notify(
        body=text, partner_ids=t.partner_ids, sms_numbers=[t.ana.phone]
    ),
    "notify from nowhere": lambda t, text: (
        t.env["mail.thread"]
        .with_user(t.agent)
        .message_notify(
            body=text,
            partner_ids=t.partner_ids,
            model="discuss.channel",
            res_id=t.channel.id,
        )
    ),
    "follower": lambda t, text: (
        t.channel.message_subscribe(partner_ids=t.partner_ids),
        t.post(text),
    ),
    "member": lambda t, text: (t.channel.add_members(partner_ids=t.partner_ids), t.post(text)),
    "edit": _edited,
    "edit with a mention": lambda t, text: _edited(t, text, partner_ids=t.partner_ids),
    "edit with a key": lambda t, text: _edited(t, text, omnichannel_key="email"),
    "subtype by hand": lambda t, text: _rewritten(
        t, text, subtype_id=t.env.ref("mail.mt_comment").id, is_internal=False
    ),
    "recipient by hand": lambda t, text: _rewritten(
        t,
        text,
        subtype_id=t.env.ref("mail.mt_comment").id,
        partner_ids=[(4, t.ana.id)],
        is_internal=False,
    ),
    "customer's message by hand": lambda t, text: _rewritten(
        t,
        text,
        omnichannel_message_ids=[(4, t.conversation.message_ids[:1].id)],
    ),
    "made by hand": lambda t, text: (
        t.env["mail.message"]
        .with_user(t.agent)
        .create(
            {
                "model": "discuss.channel",
                "res_id": t.channel.id,
                "message_type": "comment",
                "subtype_id": t.env.ref("mail.mt_comment").id,
                "body": text,
                "partner_ids": [(6, 0, t.partner_ids)],
            }
        )
    ),
    "mail by hand": lambda t, text: t.env["mail.mail"].create(
        {"mail_message_id": t.post(text).id, "email_to": CUSTOMER_MAIL}
    ),
    "mail by hand, to the customer": lambda t, text: (
        t.env["mail.mail"]
        .create({"mail_message_id": t.post(text).id})
        .write({"recipient_ids": [(4, t.ana.id)]})
    ),
    "reaction": _reacted,
    "pin": lambda t, text: t.channel.set_message_pin(t.post(text).id, True),
    "answer to a note": lambda t, text: t.post(text, parent_id=_note(t).id),
    "file": _uploaded,
    "thread below it": lambda t, text: t.channel._create_sub_channel(t.post(text).id),
    "a colleague's answer by mail": _mailed_colleague_answers,
    "activity": _activity,
    "away": lambda t, text: (
        t.colleague.write({"out_of_office_message": text}),
        t.post(text, partner_ids=(t.colleague.partner_id | t.ana).ids),
    ),
}

# nothing is written at all
REFUSED = {
    "key note",
    "key True",
    "key list",
    "key dict",
    "key upper",
    "key of nobody",
    "key of another's",
    "composer, key note",
    "composer, key list",
    "wizard, many",
    "template as a mail",
    "template sent",
    "notify",
    "notify by SMS",
    "notify from nowhere",
    "follower",
    "member",
    "recipient by hand",
    "customer's message by hand",
    "made by hand",
    "mail by hand",
    "mail by hand, to the customer",
    "thread below it",
}
