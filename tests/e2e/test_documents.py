"""Quotations, tickets and tasks whose mails stand in the customer's one conversation."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.odoo_server import OdooServer, wait_for
from tests.shop import make_agent
from tests.tooling import oca
from tests.tooling.base import Problem
from tests.tooling.fixtures import started

MODULES = ("project", "sale")
TICKETS = "helpdesk_mgmt"
STAFF = (
    "sales_team.group_sale_manager",
    "project.group_project_user",
    "helpdesk_mgmt.group_helpdesk_manager",
)


@pytest.fixture(scope="module")
def oca_addons():
    """The folders with the OCA's addons, none when the package index has not got them."""
    try:
        return [oca.addons_path()]
    except Problem as problem:
        print(f"Without helpdesk_mgmt: {problem}")
        return []


@pytest.fixture(scope="module")
def odoo(sandbox, oca_addons):
    """Odoo with sales, projects and, when there are, the OCA's tickets."""
    modules = (*MODULES, TICKETS) if oca_addons else MODULES
    smtp = ["--smtp=127.0.0.1", f"--smtp-port={sandbox.smtp_port}"]
    server = OdooServer("documents", modules=modules, addons=oca_addons, options=smtp)
    for running in started(server):
        prepare(running)
        yield running


def prepare(odoo):
    """Make Sue, who sells and helps; two projects; and a quotation mail without its PDF."""
    make_agent(odoo, "sue")
    groups = [odoo.ref(xmlid) for xmlid in STAFF if has_module(odoo, xmlid.split(".")[0])]
    (sue,) = odoo.rpc("res.users", "search", [[("login", "=", "sue")]])
    values = {"group_ids": [(4, group) for group in groups], "email": "sue@shop.example.com"}
    odoo.rpc("res.users", "write", [[sue], values])
    project = {"privacy_visibility": "employees"}
    workshop = {**project, "name": "Workshop", "favorite_user_ids": [(6, 0, [sue])]}
    odoo.rpc("project.project", "create", [[{**project, "name": "Archive"}, workshop]])
    # a PDF needs a program that is not there everywhere, and is not what is tested here
    template = odoo.ref("sale.email_template_edi_sale")
    odoo.rpc("mail.template", "write", [[template], {"report_template_ids": [(5,)]}])


def has_module(odoo, name):
    domain = [("name", "=", name), ("state", "=", "installed")]
    return bool(odoo.rpc("ir.module.module", "search_count", [domain]))


@pytest.fixture
def ana(shop):
    """A customer whom Odoo knows by her e-mail address."""
    customer = shop.customer("Ana Silva")
    values = {"name": "Ana Silva", "email": customer["email"]}
    return {**customer, "partner": shop.odoo.rpc("res.partner", "create", [values])}


def order_lamps(odoo, partner):
    product = odoo.rpc("product.product", "create", [{"name": "Brass lamp", "list_price": 40}])
    lines = [(0, 0, {"product_id": product, "product_uom_qty": 1})]
    values = {"partner_id": partner, "order_line": lines}
    return odoo.rpc("sale.order", "create", [values], login="sue")


def send_quotation(odoo, order):
    """Send a quotation as its form does."""
    action = odoo.rpc("sale.order", "action_quotation_send", [[order]], login="sue")
    context = action["context"]
    wizard = odoo.rpc("mail.compose.message", "create", [{}], {"context": context}, login="sue")
    odoo.rpc("mail.compose.message", "action_send_mail", [[wizard]], {"context": context}, "sue")


def cards_of(odoo, conversation, login="sue"):
    """Return what the cards of mails in a thread show, oldest first."""
    domain = [("conversation_id", "=", conversation["id"]), ("res_model", "=", "mail.message")]
    ids = odoo.rpc("omnichannel.card", "search", [domain], {"order": "id"})
    return odoo.rpc("omnichannel.card", "read_cards", [ids], login=login)


def chatter(odoo, model, record):
    """Return what was written on a document, oldest first, without its log."""
    domain = [("model", "=", model), ("res_id", "=", record), ("subtype_id.internal", "=", False)]
    domain.append(("message_type", "in", ["comment", "email"]))
    names = ["message_type", "preview", "author_id"]
    return odoo.rpc("mail.message", "search_read", [domain, names], {"order": "id"})


def wait_for_mail(shop, customer, count=1):
    """Return the last mail in a customer's mailbox, as soon as there are that many."""
    wait_for(lambda: len(shop.mails_to(customer)) >= count, message="no mail reached the customer")
    return shop.mails_to(customer)[-1]


def answer(shop, customer, mail, text):
    """Let a customer press "Reply" in their mail program."""
    return shop.mails(customer, text, to="", in_reply_to=mail.id)


def link(odoo, address, partner):
    """Tell Odoo, as an agent does in the dialog, whose an address is."""
    (identity,) = odoo.rpc("omnichannel.identity", "search", [[("value", "=", address)]])
    values = {"identity_ids": [(6, 0, [identity])], "partner_id": partner}
    wizard = odoo.rpc("omnichannel.link.wizard", "create", [values], login="sue")
    odoo.rpc("omnichannel.link.wizard", "action_link", [[wizard]], login="sue")


def test_a_quotation_answered_by_mail_and_then_by_dm_is_one_conversation(shop, ana):
    odoo = shop.odoo
    order = order_lamps(odoo, ana["partner"])
    send_quotation(odoo, order)
    mail = wait_for_mail(shop, ana)

    answer(shop, ana, mail, "I take it")
    shop.writes(ana, "And when does it come?")
    shop.wait_for_messages(shop.conversation_of(ana["igsid"]), 1)
    link(odoo, ana["igsid"], ana["partner"])

    conversation = shop.conversation_of(ana["igsid"])
    assert conversation["partner_id"][0] == ana["partner"]
    assert conversation["id"] == shop.conversation_of(ana["email"])["id"]
    (message,) = shop.messages(conversation)
    assert message["preview"] == "And when does it come?"
    sent, answered = cards_of(odoo, conversation)
    assert [card["direction"] for card in (sent, answered)] == ["outbound", "inbound"]
    assert {(card["model"], card["resId"]) for card in (sent, answered)} == {("sale.order", order)}
    assert answered["noun"] == "Ana Silva answered on"
    assert answered["subtitle"].startswith("I take it")
    # the order keeps its mails, and has nothing else
    kept = chatter(odoo, "sale.order", order)
    assert [message["message_type"] for message in kept] == ["comment", "email"]
    assert kept[1]["author_id"][0] == ana["partner"]
    # in the order in which it happened
    timeline = odoo.rpc("res.partner", "get_omnichannel_timeline", [[ana["partner"]]], login="sue")
    channels = [entry["channel"] for entry in timeline["entries"]]
    assert channels == ["instagram", "document", "document"]


def test_who_may_not_see_orders_sees_only_that_there_were_mails(shop, agent, ana):
    odoo = shop.odoo
    odoo.rpc("res.partner", "action_open_conversation", [[ana["partner"]]])
    conversation = shop.conversation_of(ana["email"])
    order = order_lamps(odoo, ana["partner"])
    send_quotation(odoo, order)

    (card,) = cards_of(odoo, conversation, login="ada")

    (name,) = odoo.rpc("sale.order", "read", [[order], ["name"]])
    assert card["isLocked"]
    assert name["name"] not in str(card)
    assert "sale.order" not in str(card)


def create(odoo, conversation, kind, request="click-1"):
    arguments = [[conversation["id"]], kind, request]
    return odoo.rpc("omnichannel.conversation", "create_document", arguments, login="sue")


@pytest.mark.parametrize("kind", ["ticket", "task"])
def test_a_ticket_or_task_and_its_mails_go_round_without_a_loop(shop, ana, oca_addons, kind):
    if kind == "ticket" and not oca_addons:
        pytest.skip("the package index has not helpdesk_mgmt: see .omni/log/oca.log")
    odoo = shop.odoo
    shop.mails(ana, "The lamp flickers", subject="My lamp")
    conversation = shop.conversation_of(ana["email"])
    shop.wait_for_messages(conversation, 1)

    made = create(odoo, conversation, kind)
    model, record = made["model"], made["resId"]
    names = ["name", "partner_id"]
    (values,) = odoo.rpc(model, "read", [[record], names], login="sue")
    assert (values["name"], values["partner_id"][0]) == ("My lamp", ana["partner"])
    if kind == "task":  # in the project that is Sue's favorite, not in the first
        (task,) = odoo.rpc(model, "read", [[record], ["project_id"]], login="sue")
        assert task["project_id"][1] == "Workshop"
    assert shop.mails_to(ana) == []  # what was said is attached as a note, which nobody gets
    count = odoo.rpc(model, "search_count", [[]])

    post = {"body": "Please try another bulb", "message_type": "comment"}
    post |= {"subtype_xmlid": "mail.mt_comment", "partner_ids": [ana["partner"]]}
    odoo.rpc(model, "message_post", [[record]], post, login="sue")
    mail = wait_for_mail(shop, ana)
    answered = answer(shop, ana, mail, "It works now")
    shop.sandbox.mails.resend(answered["id"])

    kept = chatter(odoo, model, record)
    assert [message["preview"][:12] for message in kept] == ["Please try a", "It works now"]
    cards = cards_of(odoo, conversation)
    assert [card["direction"] for card in cards] == ["outbound", "inbound"]
    assert {(card["model"], card["resId"]) for card in cards} == {(model, record)}
    assert len(shop.messages(conversation)) == 1
    assert len(shop.mails_to(ana)) == 1
    assert odoo.rpc(model, "search_count", [[]]) == count


def test_two_clicks_at_once_make_one_quotation_which_stands_in_the_panel(shop, ana):
    odoo = shop.odoo
    odoo.rpc("res.partner", "action_open_conversation", [[ana["partner"]]])
    conversation = shop.conversation_of(ana["email"])

    with ThreadPoolExecutor(4) as clicks:
        made = list(clicks.map(lambda _n: create(odoo, conversation, "order"), range(4)))

    assert len({click["resId"] for click in made}) == 1
    assert odoo.rpc("sale.order", "search_count", [[("partner_id", "=", ana["partner"])]]) == 1
    panel = odoo.rpc("omnichannel.conversation", "get_panel", [[conversation["id"]]], login="sue")
    (section,) = panel["record"]["sections"]
    (item,) = section["groups"][0]["items"]
    assert (section["key"], item["id"]) == ("order", made[0]["resId"])
    assert shop.mails_to(ana) == []
