"""What a customer did in the shop and at the counter stands beside the conversation."""

import pytest

from tests.odoo_server import OdooError, OdooServer
from tests.shop import make_agent
from tests.storefront import MODULES, STAFF, Storefront
from tests.tooling.fixtures import started

EMAIL, NUMBER = "ana@example.com", "+12025550142"


@pytest.fixture(scope="module")
def odoo():
    """Odoo with the shop's apps, in a database of its own."""
    yield from started(OdooServer("record", workers=0, cron_threads=0, modules=MODULES))


@pytest.fixture(scope="module")
def ana(odoo):
    """A customer who ordered on the web, picked up at the counter, and brought one item back."""
    store = Storefront(odoo)
    partner, browser = store.customer("Ana Lima", EMAIL, NUMBER)
    order = store.fill_cart(partner, browser, store.lamp, 2)
    delivery = store.confirm_and_deliver(order, "SP-1234")
    store.invoice(order, paid=True)
    store.bring_back(delivery, 1)
    store.refund(store.sell(partner, store.shade, 1))
    cart = store.fill_cart(partner, browser, store.shade, 3)
    assert cart != order
    make_agent(odoo, "ada")
    make_agent(odoo, "sue")
    (sue,) = store.rpc("res.users", "search", [("login", "=", "sue")])
    store.grant(sue, *STAFF)
    store.rpc("res.partner", "action_open_conversation", [partner])
    return partner


def read_panel(odoo, partner, login):
    """Return {section: its items} beside the conversation, as a user sees it."""
    domain = [("partner_id", "=", partner)]
    conversations = odoo.rpc("omnichannel.conversation", "search", [domain], login=login)
    panel = odoo.rpc("omnichannel.conversation", "get_panel", [conversations], login=login)
    return {
        section["key"]: [item for group in section["groups"] for item in group["items"]]
        for section in panel["record"]["sections"]
    }


def test_the_whole_purchase_stands_beside_the_conversation(odoo, ana):
    record = read_panel(odoo, ana, "sue")

    assert set(record) == {"order", "invoice", "delivery", "counter"}
    cart, order = record["order"]
    assert (cart["state"], cart["subtitle"]) == ("Cart", "3 × Paper shade")
    assert (order["state"], order["subtitle"]) == ("Sales Order", "2 × Brass lamp")
    assert "80.00" in order["amount"]
    (invoice,) = record["invoice"]
    assert invoice["state"] in ("Paid", "In Payment")
    assert "80.00" in invoice["amount"]
    assert invoice["subtitle"] == ""


def test_deliveries_and_returns_tell_where_they_are(odoo, ana):
    deliveries = read_panel(odoo, ana, "sue")["delivery"]

    assert all(delivery["state"] == "Done" for delivery in deliveries)
    assert "Swift Post · SP-1234" in [delivery["subtitle"] for delivery in deliveries]
    assert [d["tone"] for d in deliveries if d["subtitle"].startswith("Return")] == ["refund"]


def test_the_counter_tells_what_was_bought_and_given_back(odoo, ana):
    refund, order = read_panel(odoo, ana, "sue")["counter"]

    assert order["subtitle"] == "Old Town · 1 × Paper shade"
    assert refund["subtitle"] == "Old Town · -1 × Paper shade"
    assert refund["state"] == "Refund"
    assert "40.00" in order["amount"]


def test_every_item_can_be_opened_and_every_list_too(odoo, ana):
    record = odoo.rpc("res.partner", "get_omnichannel_record", [[ana]], login="sue")

    for section in record["sections"]:
        for group in section["groups"]:
            arguments = [[ana], section["key"], group["key"]]
            action = odoo.rpc(
                "res.partner", "action_open_omnichannel_record", arguments, login="sue"
            )
            found = odoo.rpc(section["model"], "search", [action["domain"]], login="sue")
            assert {item["id"] for item in group["items"]} <= set(found)
            ids = [item["id"] for item in group["items"]]
            odoo.rpc(section["model"], "web_read", [ids, {"display_name": {}}], login="sue")


def test_who_has_no_rights_in_the_shop_sees_nothing_of_it(odoo, ana):
    assert read_panel(odoo, ana, "ada") == {}
    for key in ("order", "invoice", "delivery", "counter"):
        with pytest.raises(OdooError, match="no such list"):
            odoo.rpc("res.partner", "action_open_omnichannel_record", [[ana], key], login="ada")


def test_the_customer_reads_nothing(odoo, ana):
    for method in ("get_omnichannel_record", "get_omnichannel_timeline"):
        with pytest.raises(OdooError) as refused:
            odoo.rpc("res.partner", method, [[ana]], login=EMAIL)
        assert refused.value.name == "odoo.exceptions.AccessError"


def test_the_customer_is_found_by_number_and_address(odoo, ana):
    for text in ("(202) 555-0142", "ANA@example.com"):
        domain = [("omnichannel_address", "ilike", text)]
        assert odoo.rpc("res.partner", "search", [domain], login="ada") == [ana]


# === THE THREAD === #


@pytest.fixture
def bo(odoo, ana):
    """Another customer, with a conversation in which nothing was written yet."""
    partner = odoo.rpc("res.partner", "create", [{"name": "Bo Berg", "email": "bo@example.com"}])
    odoo.rpc("res.partner", "action_open_conversation", [[partner]])
    return partner


def order_lamps(odoo, partner):
    (lamp,) = odoo.rpc("product.product", "search", [[("name", "=", "Brass lamp")]])
    lines = [(0, 0, {"product_id": lamp, "product_uom_qty": 1})]
    return odoo.rpc("sale.order", "create", [{"partner_id": partner, "order_line": lines}])


def read_cards(odoo, partner, login):
    """Return what the cards in a customer's thread show to a user, oldest first."""
    domain = [("conversation_id.partner_id", "=", partner)]
    ids = odoo.rpc("omnichannel.card", "search", [domain], {"order": "id"})
    return odoo.rpc("omnichannel.card", "read_cards", [ids], login=login)


def test_orders_invoices_tasks_and_meetings_get_cards(odoo, bo):
    order = order_lamps(odoo, bo)
    assert read_cards(odoo, bo, "sue") == []  # a draft is nothing to tell yet

    odoo.rpc("sale.order", "action_confirm", [[order]])
    odoo.rpc("sale.order", "action_lock", [[order]])
    odoo.rpc("project.task", "create", [{"name": "Engrave it", "partner_id": bo}])
    meeting = {"name": "Fitting", "partner_ids": [(4, bo)]}
    for year, name in ((2001, "Past"), (2901, "Fitting")):
        values = {"name": name, "start": f"{year}-01-01 10:00", "stop": f"{year}-01-01 11:00"}
        odoo.rpc("calendar.event", "create", [{**meeting, **values}])

    cards = read_cards(odoo, bo, "sue")
    shown = [card["noun"] for card in cards if not card["isHidden"]]
    assert len(cards) == 3
    assert shown[0] == "Order"
    assert cards[0]["resId"] == order
    assert "40.00" in cards[0]["amount"]
    # an agent without rights in the shop learns nothing of the order
    assert [card["isHidden"] for card in read_cards(odoo, bo, "ada")][0]


def test_the_way_from_an_order_to_the_conversation(odoo, bo):
    order = order_lamps(odoo, bo)

    action = odoo.rpc("omnichannel.conversation", "open_from", ["sale.order", order], login="sue")

    domain = [("partner_id", "=", bo)]
    (found,) = odoo.rpc("omnichannel.conversation", "search_read", [domain, ["channel_id"]])
    assert action["params"]["active_id"] == f"discuss.channel_{found['channel_id'][0]}"
    with pytest.raises(OdooError):
        odoo.rpc("omnichannel.conversation", "open_from", ["sale.order", order], login="ada")
