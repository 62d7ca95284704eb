from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_amount

from ..channels.events import CallState
from .omnichannel_record import RecordSource

RECENT = timedelta(days=90)  # a meeting that was longer ago is history
CUSTOMER_MOVES = ("out_invoice", "out_refund", "out_receipt")
LINES = 3  # that are named of an order


class OmnichannelRecord(models.AbstractModel):
    """What Odoo's own apps have of a customer. Each source needs its app, none is required."""

    _inherit = "omnichannel.record"

    @api.model
    def _get_sources(self):
        sources = [
            self._source_lead(),
            self._source_order(),
            self._source_invoice(),
            self._source_delivery(),
            self._source_counter(),
            self._source_ticket(),
            self._source_task(),
            self._source_meeting(),
            self._source_call(),
        ]
        return {**super()._get_sources(), **{source.key: source for source in sources}}

    # === SALES === #

    def _source_lead(self):
        return RecordSource(
            "lead",
            "crm.lead",
            self.env._("Open leads"),
            "fa-handshake-o",
            domain=lambda leads: [("won_status", "=", "pending")],
            open_domain=lambda leads: [],
            state="stage_id",
            amount="expected_revenue",
            currency="company_currency",
            noun=self.env._("Lead"),
            is_card_due=bool,
        )

    def _source_order(self):
        return RecordSource(
            "order",
            "sale.order",
            self.env._("Orders and carts"),
            "fa-shopping-cart",
            tones={"draft": "waiting", "sent": "waiting", "sale": "done", "cancel": "canceled"},
            amount="amount_total",
            date="date_order",
            order="date_order desc, id desc",
            describe=self._describe_order,
            noun=self.env._("Order"),
            card_on=("state",),
            is_card_due=lambda order: order.state == "sale",
        )

    def _describe_order(self, order):
        values = {"subtitle": self._describe_lines(order.order_line, "product_uom_qty")}
        # a draft that the shop made is what somebody has not paid yet
        if order.state == "draft" and self._value(order, "website_id"):
            values.update(state=self.env._("Cart"), tone="cart")
        return values

    def _describe_lines(self, lines, quantity):
        """Return what was ordered: 2 × Lamp, 1 × Shade."""
        lines = lines.filtered("product_id")
        texts = [
            f"{line[quantity]:.9g} × {self._name_of(line.product_id)}" for line in lines[:LINES]
        ]
        return ", ".join([*texts, "…"] if len(lines) > LINES else texts)

    # === MONEY === #

    def _source_invoice(self):
        return RecordSource(
            "invoice",
            "account.move",
            self.env._("Invoices"),
            "fa-file-text-o",
            domain=lambda moves: [("move_type", "in", CUSTOMER_MOVES)],
            amount="amount_total",
            date="invoice_date",
            order="invoice_date desc nulls first, id desc",
            describe=self._describe_invoice,
            noun=self.env._("Invoice"),
            card_on=("state",),
            is_card_due=lambda move: move.state == "posted" and move.move_type in CUSTOMER_MOVES,
        )

    def _describe_invoice(self, move):
        """Say what is paid, and what is not yet. A credit note counts the other way."""
        is_posted = move.state == "posted"
        is_paid = move.payment_state in ("paid", "in_payment", "reversed")
        tones = {"draft": "waiting", "cancel": "canceled"}
        values = {
            "state": self._text(move, "payment_state" if is_posted else "state"),
            "tone": tones.get(move.state) or ("done" if is_paid else "alert"),
        }
        subtitle = []
        if move.move_type == "out_refund":
            subtitle.append(self.env._("Credit note"))
            values["amount"] = format_amount(self.env, -move.amount_total, move.currency_id)
        if is_posted and move.amount_residual:
            amount = format_amount(self.env, move.amount_residual, move.currency_id)
            subtitle.append(self.env._("%(amount)s open", amount=amount))
        return {**values, "subtitle": " · ".join(subtitle)}

    # === GOODS === #

    def _source_delivery(self):
        return RecordSource(
            "delivery",
            "stock.picking",
            self.env._("Deliveries and returns"),
            "fa-truck",
            # what we receive from a vendor is not a customer's
            domain=lambda pickings: [
                "|",
                ("picking_type_code", "=", "outgoing"),
                ("return_id", "!=", False),
            ],
            tones={"done": "done", "cancel": "canceled", "assigned": "open"},
            order="scheduled_date desc, id desc",
            describe=self._describe_delivery,
        )

    def _describe_delivery(self, picking):
        is_return = picking.return_id or picking.picking_type_code == "incoming"
        carrier = self._text(picking, "carrier_id")
        parts = [
            self.env._("Return") if is_return else "",
            carrier,
            self._text(picking, "carrier_tracking_ref"),
        ]
        return {
            "subtitle": " · ".join(filter(None, parts)),
            "date": str(picking.date_done or picking.scheduled_date or ""),
            **({"tone": "refund"} if is_return and picking.state == "done" else {}),
        }

    def _source_counter(self):
        return RecordSource(
            "counter",
            "pos.order",
            self.env._("At the counter"),
            "fa-shopping-bag",
            domain=lambda orders: [("state", "not in", ("draft", "cancel"))],
            name="pos_reference",
            tones={"paid": "done", "done": "done", "invoiced": "done"},
            amount="amount_total",
            date="date_order",
            order="date_order desc, id desc",
            describe=self._describe_counter,
        )

    def _describe_counter(self, order):
        parts = [self._text(order, "config_id"), self._describe_lines(order.lines, "qty")]
        values = {"subtitle": " · ".join(filter(None, parts))}
        if not order.pos_reference:
            values["title"] = order.display_name
        if order.amount_total < 0:
            values.update(state=self.env._("Refund"), tone="refund")
        return values

    # === WORK === #

    def _source_ticket(self):
        """Tickets of OCA's helpdesk_mgmt and of Odoo's own app: both call them the same."""
        return RecordSource(
            "ticket",
            "helpdesk.ticket",
            self.env._("Tickets"),
            "fa-life-ring",
            name="name",
            subtitle=("number", "ticket_ref", "team_id"),
            state="stage_id",
            describe=lambda ticket: {
                "tone": "done" if self._value(ticket, "closed") else "open",
            },
            noun=self.env._("Ticket"),
            card_on=("partner_id",),
            is_card_due=bool,
        )

    def _source_task(self):
        return RecordSource(
            "task",
            "project.task",
            self.env._("Tasks"),
            "fa-tasks",
            subtitle=("project_id",),
            tones={"1_done": "done", "1_canceled": "canceled", "04_waiting_normal": "waiting"},
            date="date_deadline",
            # what is open comes first: its values begin with a zero
            order="state, id desc",
            noun=self.env._("Task"),
            card_on=("partner_id",),
            is_card_due=bool,
        )

    def _source_meeting(self):
        return RecordSource(
            "meeting",
            "calendar.event",
            self.env._("Meetings"),
            "fa-calendar",
            customer="partner_ids",
            domain=self._meetings_domain,
            open_domain=lambda events: [],
            date="start",
            order="start desc",
            describe=self._describe_meeting,
            noun=self.env._("Meeting"),
            card_on=("partner_ids",),
            is_card_due=self._is_meeting_due,
        )

    def _is_meeting_due(self, event):
        """Tell whether it is to come. Of those that repeat, the first stands for all."""
        is_first = event.recurrence_id.base_event_id in (event, event.browse())
        return is_first and event.start > fields.Datetime.now()

    def _meetings_domain(self, events):
        """Return the coming and the latest ones, without what colleagues keep to themselves."""
        mine = Domain("partner_ids", "in", self.env.user.partner_id.ids)
        is_recent = Domain("start", ">=", fields.Datetime.now() - RECENT)
        return is_recent & (mine | Domain(events._get_default_privacy_domain()))

    def _describe_meeting(self, event):
        is_past = event.stop < fields.Datetime.now()
        return {
            "state": self.env._("Past") if is_past else self.env._("Planned"),
            "tone": "done" if is_past else "waiting",
            **({"date": str(event.start_date)} if event.allday else {}),
        }

    def _source_call(self):
        return RecordSource(
            "call",
            "omnichannel.call",
            self.env._("Calls"),
            "fa-phone",
            customer="conversation_id.partner_id",
            name="identity_id",
            date="started_at",
            order="started_at desc, id desc",
            describe=self._describe_call,
        )

    def _describe_call(self, call):
        is_missed = call.state == CallState.MISSED.value
        return {
            "state": call._state_text(CallState(call.state), call.is_outbound),
            "tone": "alert" if is_missed else "done",
            "subtitle": call._duration(call.seconds) if call.seconds else "",
        }
