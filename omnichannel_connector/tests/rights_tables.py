"""The public methods and routes of the addon, for test_rights_matrix.py.

A new public method, or a new route, fails the test until it has a row here. Add one row:

- METHODS: "model": {"method": arguments}. The method is called on the records of the model that
  hang on the hidden conversation (`hidden` of rights_common.py; else those of RECORDS), by every
  outsider: it has to raise AccessError. Arguments are a tuple, or a function of the test that
  returns one. Then by an administrator, who must get no AccessError: the row is not for nothing.
- QUIET: "model.method": why it raises nothing. Then the answer must not say MARK, nor name the
  thread, and nothing may have changed.
- ROUTES: "address in the routing map": addresses that strangers try, as a function of the test.
  They must get a refusal (no 2xx with MARK in it), whoever they are.
"""

from ..models.omnichannel_preference import PAGE, UNSUBSCRIBE
from .rights_common import in_an_hour

NONE = ()
# create, write, unlink: tried on every model by test_nothing_is_written
ORM = {"create", "write", "unlink", "onchange"}
# on every model with a chatter: tried by TestEmailGateway
GATEWAY = {"message_process", "message_route"}


def _claim(t):
    return (t.claim.id,)


def _identity(t):
    return (t.identity.id,)


METHODS = {
    "crm.lead": {"action_open_conversation": NONE},
    "discuss.channel": {
        "message_post": NONE,
        "notify_omnichannel_presence": ("viewing",),
    },
    "mail.mail": {"send": NONE},
    "omnichannel.account": {
        "get_onboarding": NONE,
        "action_connect": NONE,
        "action_disconnect": NONE,
        "action_open_events": NONE,
        "action_open_failed_events": NONE,
        "action_open_recovered_events": NONE,
        "action_repair_gap": NONE,
        "action_subscribe": NONE,
        "action_test": NONE,
        "action_test_and_connect": NONE,
    },
    "omnichannel.audit": {"action_audit": NONE, "action_open": NONE},
    "omnichannel.call": {
        "action_correct": NONE,
        "action_open_conversation": NONE,
        "get_ringing": lambda t: (t.call.id,),
    },
    "mail.compose.message": {"action_send_omnichannel": NONE},
    "omnichannel.card": {"read_cards": lambda t: (t.card.ids,)},
    "omnichannel.episode": {"action_open_conversation": NONE},
    "omnichannel.hand.over": {"action_hand_over": NONE},
    "omnichannel.log.contact": {
        "action_message": NONE,
        "action_nobody": NONE,
        "action_reached": NONE,
    },
    "omnichannel.scheduled": {
        "action_discard": NONE,
        "action_send_now": NONE,
        "action_take_back": NONE,
    },
    "omnichannel.snooze": {"action_snooze": NONE},
    "omnichannel.consent.note": {"action_record": NONE},
    "omnichannel.consent.proposal": {"action_ignore": NONE, "action_record": NONE},
    "omnichannel.conversation": {
        "action_compose_email": ("email", {}),
        "action_hand_over": NONE,
        "action_log_contact": NONE,
        "action_snooze": NONE,
        "action_wake": NONE,
        "delete_inbox_search": (0,),
        "get_empty_list_help": ("",),
        "get_inbox": ("unassigned",),
        "get_inbox_rows": lambda t: (t.conversation.ids, "unassigned"),
        "get_inbox_searches": NONE,
        "get_inbox_setup": NONE,
        "get_catch_up": NONE,
        "get_prepared_texts": NONE,
        "get_suggested_replies": NONE,
        "get_scheduled": NONE,
        "mark_seen": lambda t: (t.note.id,),
        "open_from": lambda t: ("res.partner", t.bea.id),
        "render_prepared_text": ("mail.template", 1),
        "save_inbox_search": ("Mine", "mine"),
        "schedule_message": lambda t: ("instagram", "Hello", in_an_hour()),
        "action_ask_again": NONE,
        "action_assign_to_me": NONE,
        "action_close": NONE,
        "action_is_candidate": lambda t: (t.bea.id,),
        "action_is_household": NONE,
        "action_is_somebody_else": NONE,
        "action_link": NONE,
        "action_open_in_discuss": NONE,
        "action_open_lead": NONE,
        "action_reopen": NONE,
        "action_set_speaker": (False,),
        "action_unassign": NONE,
        "confirm_claim": _claim,
        "dismiss_claim": _claim,
        "create_document": ("lead", "click-1"),
        "get_panel": NONE,
        "get_preference_link": _identity,
        "get_send_choices": NONE,
        "measure": ("instagram", "Hello"),
        "message_new": ({},),
        "notify_typing": ("instagram",),
        "send_preference_link": _identity,
        "verify_claim": lambda t: (t.claim.id, "code"),
    },
    "omnichannel.enrollment": {"action_stop": NONE},
    "omnichannel.event": {"action_replay": NONE, "action_retry": NONE},
    "omnichannel.identity": {"action_link": NONE},
    "omnichannel.import": {"action_pause": NONE, "action_resume": NONE, "action_start": NONE},
    "omnichannel.link": {"action_open_conversation": NONE, "action_undo": NONE},
    "omnichannel.link.wizard": {"action_link": NONE},
    "omnichannel.media": {"action_retry": NONE},
    "omnichannel.message": {
        "action_cancel": NONE,
        "action_discard": NONE,
        "action_resend": NONE,
        "action_undo": NONE,
        "get_why": NONE,
        "wake_held": NONE,
    },
    "omnichannel.privacy.erase": {"action_close": NONE, "action_erase": NONE},
    "omnichannel.privacy.export": {"action_export": NONE},
    "omnichannel.sequence": {
        "action_open_enrollments": NONE,
        "action_start": NONE,
        "action_stop": NONE,
    },
    "omnichannel.suggestion": {"action_link": NONE, "action_reject": NONE, "action_reopen": NONE},
    "res.config.settings": {"action_omnichannel_revoke_preference_links": NONE},
    "res.partner": {
        "action_log_contact": NONE,
        "action_omnichannel_is_this": NONE,
        "action_open_conversation": NONE,
        "action_open_omnichannel_record": ("lead",),
        "get_omnichannel_record": NONE,
        "get_omnichannel_timeline": NONE,
    },
}

QUIET = {
    "omnichannel.account.get_onboarding": "an administrator's steps, others get none",
    "omnichannel.card.read_cards": "an empty list",
    "omnichannel.conversation.delete_inbox_search": "one's own searches only",
    "omnichannel.conversation.get_empty_list_help": "a text",
    "omnichannel.conversation.get_inbox": "what the reader may see",
    "omnichannel.conversation.get_inbox_rows": "what the reader may see",
    "omnichannel.conversation.get_inbox_searches": "one's own searches only",
    "omnichannel.conversation.get_inbox_setup": "names of boxes and channels",
    "omnichannel.conversation.open_from": "says who may open one; in another company their own",
    "omnichannel.conversation.save_inbox_search": "one's own searches only",
    "crm.lead.action_open_conversation": "who reads no leads gets AccessError, else the thread's",
    "mail.mail.send": "only the system has mails",
    "omnichannel.account.action_open_events": "opens a list, with the reader's rights",
    "omnichannel.account.action_open_failed_events": "opens a list",
    "omnichannel.account.action_open_recovered_events": "opens a list",
    "omnichannel.audit.action_audit": "counts with the reader's rights",
    "omnichannel.audit.action_open": "opens a list",
    "omnichannel.conversation.message_new": "is not implemented, and says so to everybody",
    "omnichannel.import.action_pause": "nothing of theirs to pause",
    "omnichannel.import.action_resume": "nothing of theirs to resume",
    "omnichannel.media.action_retry": "an empty list of files",
    "omnichannel.privacy.erase.action_close": "leads to the contacts",
    "omnichannel.sequence.action_open_enrollments": "opens a list, with the reader's rights",
    "omnichannel.sequence.action_start": "says that there are no steps, before it writes",
    "res.partner.action_log_contact": "opens an empty form, or says who may log something",
    "res.partner.action_omnichannel_is_this": "asks for a conversation: see action_is_candidate",
    "res.partner.action_open_conversation": "says who may open one",
    "res.partner.get_omnichannel_record": "the customer's record, as far as they may see it",
    "res.partner.get_omnichannel_timeline": "an empty one",
    "res.partner.action_open_omnichannel_record": "opens a list, with the reader's rights",
}

# records for models that do not hang on a conversation; `maker` is who may make wizards
RECORDS = {
    "crm.lead": lambda t: t.lead,
    "mail.mail": lambda t: t.env["mail.mail"].sudo().search([], limit=1),
    "omnichannel.account": lambda t: t.instagram,
    "omnichannel.event": lambda t: t.env["omnichannel.event"].search([], limit=1),
    "omnichannel.message": lambda t: t.hidden("omnichannel.message")[:1],
    "omnichannel.sequence": lambda t: t.sequence,
    "res.partner": lambda t: t.bea,
    "omnichannel.consent.note": lambda t: t.maker["omnichannel.consent.note"].create(
        {
            "identity_id": _identity(t)[0],
            "channel": "instagram",
            "purpose": "service",
            "words": "No",
            "evidence": "Here",
        }
    ),
    "mail.compose.message": lambda t: t.maker["mail.compose.message"].create(
        {"model": "discuss.channel", "res_ids": str(t.channel.ids), "body": "Hello"}
    ),
    "omnichannel.hand.over": lambda t: t.maker["omnichannel.hand.over"].create(
        {"conversation_id": t.conversation.id, "team_id": t.team_a.id, "note": "Take it"}
    ),
    "omnichannel.log.contact": lambda t: t.maker["omnichannel.log.contact"].create(
        {"partner_id": t.conversation.partner_id.id, "conversation_id": t.conversation.id}
    ),
    "omnichannel.snooze": lambda t: t.maker["omnichannel.snooze"].create(
        {"conversation_ids": [(6, 0, t.conversation.ids)]}
    ),
    "omnichannel.link.wizard": lambda t: t.maker["omnichannel.link.wizard"].create(
        {"identity_ids": [(6, 0, _identity(t))], "partner_id": t.users["insider"].partner_id.id}
    ),
    "omnichannel.privacy.erase": lambda t: t.maker["omnichannel.privacy.erase"].create(
        {"partner_id": t.bea.id}
    ),
    "omnichannel.privacy.export": lambda t: t.maker["omnichannel.privacy.export"].create(
        {"partner_id": t.bea.id}
    ),
}

# who calls for the row to be of use, where an administrator of the app does not
CALLERS = {"mail.mail": "system", "res.config.settings": "system"}


def _forged(t, scope):
    account = t.instagram
    token = t.identity._sign(scope, account)
    return [f"{token[:-4]}abcd", token[::-1], "x", "%2e%2e", token.partition(".")[0] or "y"]


ROUTES = {
    "/omnichannel/<string:channel>/<string:token>": lambda t: [
        "/omnichannel/instagram/x",
        f"/omnichannel/sms/{t.instagram.webhook_token}",
        f"/omnichannel/instagram/{t.instagram.webhook_token}",
    ],
    "/omnichannel/livechat/identify": lambda _t: ["/omnichannel/livechat/identify"],
    "/omnichannel/preferences/<string:token>": lambda t: [
        f"/omnichannel/preferences/{token}" for token in _forged(t, PAGE)
    ],
    "/omnichannel/recording/<int:call_id>": lambda t: [
        f"/omnichannel/recording/{t.call.id}",
        "/omnichannel/recording/0",
    ],
    "/omnichannel/unsubscribe/<string:token>": lambda t: [
        f"/omnichannel/unsubscribe/{token}" for token in _forged(t, UNSUBSCRIBE)
    ],
    "/omnichannel/writing": lambda t: [
        "/omnichannel/writing",
        f"/omnichannel/writing?conversation_id={t.conversation.id}&task=summary",
    ],
    "/omnichannel/verify/<string:token>": lambda t: [
        "/omnichannel/verify/x",
        f"/omnichannel/verify/{t.claim.id}",
    ],
}

# what /mail/data and /mail/action are asked for by the web client, of ours
FETCHES = {"/omnichannel/unassigned": {}}


def PAGES(t):
    """Return addresses of Odoo's own that would show the thread, its files or its picture."""
    token = t.channel.uuid
    return [
        f"/web/content/{t.file.id}",
        f"/web/content/{t.file.id}?download=true&access_token=x",
        f"/web/content/ir.attachment/{t.file.id}/raw",
        f"/web/content/mail.message/{t.note.id}/body",
        f"/web/image/{t.file.id}",
        f"/web/image/discuss.channel/{t.channel.id}/avatar_128",
        f"/web/image/discuss.channel/{t.channel.id}/image_128",
        f"/web/content/discuss.channel/{t.channel.id}/name",
        f"/web/content/omnichannel.conversation/{t.conversation.id}/name",
        f"/web/content/omnichannel.call/{t.call.id}/transcript",
        f"/mail/attachment/pdf_first_page/{t.file.id}",
        f"/discuss/channel/{t.channel.id}",
        f"/chat/{t.channel.id}/{token[::-1]}",
        f"/chat/{token}",
        f"/meet/{token}",
        f"/mail/view?model=discuss.channel&res_id={t.channel.id}",
        f"/mail/message/{t.note.id}",
        f"/odoo/discuss?active_id=discuss.channel_{t.channel.id}",
    ]


def DISCUSS(t):
    """Return (route, params) of Odoo's own that would tell of the thread, or change it."""
    channel, note = t.channel.id, t.note.id
    thread = {"thread_model": "discuss.channel", "thread_id": channel}
    stranger = t.users["employee"].partner_id.id
    post = {"body": "Let me in", "message_type": "comment"}
    return [
        ("/mail/data", {"fetch_params": [["discuss.channel", [channel]]]}),
        ("/mail/data", {"fetch_params": ["init_messaging", "channels_as_member", "failures"]}),
        (
            "/mail/data",
            {"fetch_params": [["mail.thread", {**thread, "request_list": ["attachments"]}]]},
        ),
        ("/mail/action", {"fetch_params": [["discuss.channel", [channel]]]}),
        ("/discuss/channel/messages", {"channel_id": channel}),
        ("/discuss/channel/attachments", {"channel_id": channel}),
        ("/discuss/channel/pinned_messages", {"channel_id": channel}),
        ("/discuss/channel/members", {"channel_id": channel, "known_member_ids": []}),
        ("/discuss/channel/join", {"channel_id": channel}),
        ("/discuss/channel/notify_typing", {"channel_id": channel, "is_typing": True}),
        ("/discuss/channel/mark_as_read", {"channel_id": channel, "last_message_id": note}),
        ("/discuss/channel/sub_channel/fetch", {"parent_channel_id": channel}),
        ("/discuss/channel/sub_channel/create", {"parent_channel_id": channel, "name": "x"}),
        ("/discuss/channel/update_avatar", {"channel_id": channel, "data": ""}),
        ("/discuss/search", {"term": "Bea"}),
        ("/discuss/search", {"term": t.channel.name}),
        ("/mail/thread/messages", thread),
        ("/mail/thread/messages", {**thread, "fetch_params": {"search_term": "Kestrel"}}),
        ("/mail/thread/recipients", {**thread, "message_id": note}),
        ("/mail/inbox/messages", {"fetch_params": {"search_term": "Kestrel"}}),
        ("/mail/history/messages", {"fetch_params": {"search_term": "Kestrel"}}),
        ("/mail/starred/messages", {"fetch_params": {"search_term": "Kestrel"}}),
        ("/mail/message/reaction", {"message_id": note, "content": "x", "action": "add"}),
        ("/mail/message/post", {**thread, "post_data": post}),
        ("/mail/message/post", {**thread, "post_data": {**post, "omnichannel_key": "instagram"}}),
        ("/mail/message/update_content", {"message_id": note, "update_data": {"body": "x"}}),
        ("/mail/attachment/delete", {"attachment_id": t.file.id}),
        ("/mail/partner/from_email", {**thread, "emails": ["x@example.com"]}),
        ("/mail/link_preview", {"message_id": note}),
        ("/omnichannel/writing", {"conversation_id": t.conversation.id, "task": "summary"}),
        ("/mail/rtc/channel/join_call", {"channel_id": channel}),
        (
            "/web/dataset/call_kw/discuss.channel/add_members",
            _call("discuss.channel", "add_members", [channel], partner_ids=[stranger]),
        ),
        (
            "/web/dataset/call_kw/discuss.channel/channel_join",
            _call("discuss.channel", "channel_join", [channel]),
        ),
        (
            "/web/dataset/call_kw/discuss.channel/get_mention_suggestions",
            _call("discuss.channel", "get_mention_suggestions", search="Bea"),
        ),
        (
            "/web/dataset/call_kw/res.partner/get_mention_suggestions_from_channel",
            _call("res.partner", "get_mention_suggestions_from_channel", channel, "Bea"),
        ),
        (
            "/web/dataset/call_kw/res.partner/search_for_channel_invite",
            _call("res.partner", "search_for_channel_invite", "Kestrel", channel),
        ),
        (
            "/web/dataset/call_kw/mail.message/search_read",
            _call("mail.message", "search_read", [("id", "=", note)], ["body"]),
        ),
        (
            "/web/dataset/call_kw/mail.notification/search_read",
            _call("mail.notification", "search_read", [("mail_message_id", "=", note)]),
        ),
    ]


def _call(model, method, *args, **kwargs):
    return {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
