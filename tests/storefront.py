"""A shop on the web and a counter in town: what a customer buys, gets, pays and brings back.

Everything goes the way it goes in a shop: the customer's browser fills the cart, the counter's app
sends its orders, staff press the buttons of Odoo's forms.
"""

import json
import uuid

import requests

# sale, website_sale, stock, delivery and point_of_sale, with what Odoo installs between them
MODULES = (
    "delivery",
    "point_of_sale",
    "pos_sale",
    "project",
    "sale_stock",
    "stock_delivery",
    "website_sale_stock",
)
PRICE = 40.0
STAFF = (
    "account.group_account_manager",
    "point_of_sale.group_pos_manager",
    "sales_team.group_sale_manager",
    "stock.group_stock_manager",
)


class Storefront:
    """The shop of one Odoo; `odoo` is an OdooServer with MODULES."""

    def __init__(self, odoo):
        self.odoo = odoo
        # staff sell, deliver and invoice as the administrator here
        (admin,) = self.rpc("res.users", "search", [("login", "=", "admin")])
        self.grant(admin, *STAFF)
        self.warehouse = self.rpc("stock.warehouse", "search_read", [], ["lot_stock_id"])[0]
        self.currency = self.rpc("res.company", "search_read", [], ["currency_id"])[0]
        self.lamp = self.product("Brass lamp", 9)
        self.shade = self.product("Paper shade", 9)
        self.carrier = self.carrier_of_ours()
        self.config = self.open_counter()

    def rpc(self, model, method, *args, **kwargs):
        return self.odoo.rpc(model, method, args, kwargs)

    def id_of(self, xmlid):
        module, name = xmlid.split(".")
        domain = [("module", "=", module), ("name", "=", name)]
        return self.rpc("ir.model.data", "search_read", domain, ["res_id"])[0]["res_id"]

    def grant(self, user_id, *groups):
        links = [(4, self.id_of(group)) for group in groups]
        self.rpc("res.users", "write", [user_id], {"group_ids": links})

    # === GOODS === #

    def product(self, name, quantity):
        """Return the id of a product that is published, and in stock."""
        product = self.rpc(
            "product.product",
            "create",
            {
                "name": name,
                "list_price": PRICE,
                "type": "consu",
                "is_storable": True,
                "taxes_id": [(5,)],
                "invoice_policy": "order",
                "website_published": True,
                "available_in_pos": True,
            },
        )
        quant = {
            "product_id": product,
            "location_id": self.warehouse["lot_stock_id"][0],
            "inventory_quantity": quantity,
        }
        self.rpc(
            "stock.quant", "action_apply_inventory", [self.rpc("stock.quant", "create", quant)]
        )
        return product

    def carrier_of_ours(self):
        values = {"name": "Delivery", "type": "service", "taxes_id": [(5,)]}
        fee = self.rpc("product.product", "create", values)
        return self.rpc("delivery.carrier", "create", {"name": "Swift Post", "product_id": fee})

    # === ON THE WEB === #

    def customer(self, name, email, phone):
        """Return (partner id, browser session) of somebody with an account on the website."""
        user = self.rpc(
            "res.users",
            "create",
            {
                "name": name,
                "login": email,
                "email": email,
                "phone": phone,
                "password": email,
                "group_ids": [(6, 0, [self.id_of("base.group_portal")])],
            },
        )
        session = requests.Session()
        session.cookies.set("session_id", self.odoo.session_cookie(email))
        return self.rpc("res.users", "read", [user], ["partner_id"])[0]["partner_id"][0], session

    def fill_cart(self, partner, session, product, quantity):
        """Put something into the customer's cart, as their browser does. Return the order's id."""
        values = self.rpc("product.product", "read", [product], ["product_tmpl_id"])[0]
        params = {
            "product_id": product,
            "product_template_id": values["product_tmpl_id"][0],
            "quantity": quantity,
        }
        answer = session.post(
            f"{self.odoo.url}/shop/cart/add",
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
            headers={"Content-Type": "application/json"},
            timeout=120,
        ).json()
        assert "error" not in answer, answer["error"]["data"]["debug"]
        domain = [("partner_id", "=", partner), ("state", "=", "draft")]
        return self.rpc("sale.order", "search", domain)[0]

    # === IN THE OFFICE === #

    def confirm_and_deliver(self, order, tracking):
        """Confirm an order and send it off. Return the delivery's id."""
        self.rpc("sale.order", "action_confirm", [order])
        (delivery,) = self.rpc("stock.picking", "search", [("sale_id", "=", order)])
        values = {"carrier_id": self.carrier, "carrier_tracking_ref": tracking}
        self.rpc("stock.picking", "write", [delivery], values)
        return self.validate(delivery)

    def validate(self, picking):
        for move in self.rpc("stock.picking", "read", [picking], ["move_ids"])[0]["move_ids"]:
            wanted = self.rpc("stock.move", "read", [move], ["product_uom_qty"])[0]
            values = {"quantity": wanted["product_uom_qty"], "picked": True}
            self.rpc("stock.move", "write", [move], values)
        self.rpc("stock.picking", "button_validate", [picking])
        assert self.rpc("stock.picking", "read", [picking], ["state"])[0]["state"] == "done"
        return picking

    def bring_back(self, delivery, quantity):
        """Take goods of a delivery back. Return the id of the return."""
        context = {"active_id": delivery, "active_ids": [delivery], "active_model": "stock.picking"}
        wizard = self.rpc("stock.return.picking", "create", {}, context=context)
        lines = self.rpc("stock.return.picking", "read", [wizard], ["product_return_moves"])[0]
        self.rpc(
            "stock.return.picking.line",
            "write",
            lines["product_return_moves"],
            {"quantity": quantity},
        )
        action = self.rpc("stock.return.picking", "action_create_returns", [wizard])
        return self.validate(action["res_id"])

    def invoice(self, order, *, paid):
        """Invoice an order. Return the invoice's id."""
        wizard = self.rpc(
            "sale.advance.payment.inv", "create", {"sale_order_ids": [(6, 0, [order])]}
        )
        self.rpc("sale.advance.payment.inv", "create_invoices", [wizard])
        (invoice,) = self.rpc("sale.order", "read", [order], ["invoice_ids"])[0]["invoice_ids"]
        self.rpc("account.move", "action_post", [invoice])
        if paid:
            context = {"active_model": "account.move", "active_ids": [invoice]}
            payment = self.rpc("account.payment.register", "create", {}, context=context)
            self.rpc("account.payment.register", "action_create_payments", [payment])
        return invoice

    # === AT THE COUNTER === #

    def open_counter(self):
        journal = self.rpc("account.journal", "search", [("type", "=", "cash")], limit=1)
        if not journal:
            values = {"name": "Till", "type": "cash", "code": "TILL"}
            journal = [self.rpc("account.journal", "create", values)]
        values = {"name": "Cash", "journal_id": journal[0]}
        self.cash = self.rpc("pos.payment.method", "create", values)
        methods = [(6, 0, [self.cash])]
        config = self.rpc(
            "pos.config", "create", {"name": "Old Town", "payment_method_ids": methods}
        )
        self.rpc("pos.config", "open_ui", [config])
        (self.session,) = self.rpc("pos.session", "search", [("config_id", "=", config)])
        self.rpc("pos.session", "set_opening_control", [self.session], 0, "")
        return config

    def sell(self, partner, product, quantity):
        """Sell something at the counter, as its app tells it. Return the order's id."""
        total = PRICE * quantity
        line = {
            "id": 1,
            "product_id": product,
            "qty": quantity,
            "price_unit": PRICE,
            "price_subtotal": total,
            "price_subtotal_incl": total,
            "tax_ids": [(6, 0, [])],
            "pack_lot_ids": [],
            "discount": 0,
        }
        order = {
            "uuid": str(uuid.uuid4()),
            "session_id": self.session,
            "partner_id": partner,
            "amount_total": total,
            "amount_paid": total,
            "amount_tax": 0,
            "amount_return": 0,
            "lines": [(0, 0, line)],
            "payment_ids": [(0, 0, {"amount": total, "payment_method_id": self.cash})],
            "state": "paid",
            "user_id": False,
            "to_invoice": False,
            "fiscal_position_id": False,
            "pricelist_id": False,
        }
        return self.rpc("pos.order", "sync_from_ui", [order])["pos.order"][0]["id"]

    def refund(self, order):
        """Give the money of a counter order back. Return the refund's id."""
        refund = self.rpc("pos.order", "refund", [order])["res_id"]
        context = {"active_id": refund, "active_ids": [refund], "active_model": "pos.order"}
        total = self.rpc("pos.order", "read", [refund], ["amount_total"])[0]["amount_total"]
        values = {"amount": total, "payment_method_id": self.cash}
        payment = self.rpc("pos.make.payment", "create", values, context=context)
        self.rpc("pos.make.payment", "check", [payment], context=context)
        return refund
