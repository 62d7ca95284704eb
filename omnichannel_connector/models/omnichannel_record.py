import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from psycopg2 import OperationalError
from psycopg2.errors import ReadOnlySqlTransaction

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_amount

_logger = logging.getLogger(__name__)


def _everything(_model):
    return []


@dataclass(frozen=True)
class RecordSource:
    """One kind of records that belong to customers, and how an item of it looks.

    Names of fields that the model does not have, or that the user may not read, are left out: one
    source serves several versions of a model. `domain` and `describe` run with the user's own
    rights.

    With `is_card_due` a record gets a card in its customers' threads as soon as that says so: when
    it is made, or when one of the fields `card_on` changes. It is asked as superuser, and of models
    with messages (`mail.thread`) only.
    """

    key: str
    model: str
    title: str
    icon: str  # Font Awesome
    customer: str = "partner_id"  # the path to res.partner
    domain: Callable = _everything  # of the empty model: what counts
    open_domain: Callable | None = None  # what the whole list shows, when it is more than that
    name: str = "display_name"
    subtitle: tuple[str, ...] = ()
    state: str = "state"
    tones: Mapping[str, str] = field(default_factory=dict)  # state -> how its icon looks
    amount: str = ""
    currency: str = "currency_id"
    date: str = "create_date"
    order: str = "id desc"
    limit: int = 5
    describe: Callable | None = None  # of a record: values of the item that fields don't tell
    noun: str = ""  # what one of them is called
    card_on: tuple[str, ...] = ()
    is_card_due: Callable | None = None  # of a record: should the thread show it by now?


class OmnichannelRecord(models.AbstractModel):
    """What there is of a customer in the apps that are installed, for those who may read it there.

    Nothing is read with more than the user's own rights: a model that they have no access to is
    left out without a trace, and the rules of the others apply.
    """

    _name = "omnichannel.record"
    _description = "Customer Record"

    @api.model
    def _get_sources(self):
        """Return {key: RecordSource} in the order in which they are shown.

        Another addon adds its own by one `_inherit` of this model::

            def _get_sources(self):
                repairs = RecordSource("repair", "repair.order", self.env._("Repairs"), "fa-wrench")
                return {**super()._get_sources(), repairs.key: repairs}

        A source whose model is not installed is passed over.
        """
        return {}

    @api.model
    def _read_sections(self, partner):
        """Return what this user may see of a customer, without the sources that have nothing.

        Each is {key, title, icon, model, count, isFailed, groups}; a group is {key: own or
        company, title, count, items}; for an item see `_prepare_item`.
        """
        families = self._families(partner)
        sections = [
            self._read_section(source, families)
            for source in self._get_sources().values()
            if self._is_readable(source)
        ]
        return [section for section in sections if section["count"] or section["isFailed"]]

    @api.model
    def _is_readable(self, source):
        return source.model in self.env and self.env[source.model].has_access("read")

    @api.model
    def _families(self, partner):
        """Return {group: customers}: whose records are shown, and under which name.

        A company has those of all its contacts. A contact has its own, and apart from them what
        is in the name of its company and the company's other addresses: orders often are. What
        belongs to colleagues is not shown.
        """
        partners = self.env["res.partner"].with_context(active_test=False)
        families = {"own": partner | partners.search([("id", "child_of", partner.id)])}
        company = partner.commercial_partner_id
        if company != partner and company.has_access("read"):
            addresses = partners.search([("parent_id", "=", company.id), ("type", "!=", "contact")])
            families["company"] = (company | addresses) - families["own"]
        return families

    @api.model
    def _read_section(self, source, families):
        section = {
            "key": source.key,
            "title": source.title,
            "icon": source.icon,
            "model": source.model,
            "isFailed": False,
        }
        try:
            with self.env.cr.savepoint():
                groups = [
                    self._read_items(source, key, partners) for key, partners in families.items()
                ]
        except AccessError:
            groups = []
        except (OperationalError, ReadOnlySqlTransaction):
            # Odoo repeats the request
            raise
        except Exception:
            # another addon's bug must not hide what the others have
            _logger.exception("Source %s of the customer record could not be read", source.key)
            groups, section["isFailed"] = [], True
        groups = [group for group in groups if group["count"]]
        return {**section, "groups": groups, "count": sum(group["count"] for group in groups)}

    @api.model
    def _read_items(self, source, key, partners):
        """Return the newest few of a source, and how many there are."""
        model = self.env[source.model]
        domain = self._domain(source, partners)
        records = model.search(domain, order=source.order, limit=source.limit)
        is_all = len(records) < source.limit
        return {
            "key": key,
            "title": self.env._("Company") if key == "company" else "",
            "count": len(records) if is_all else model.search_count(domain),
            "items": [self._prepare_item(source, record) for record in records],
        }

    @api.model
    def _domain(self, source, partners, is_open=False):
        build = (is_open and source.open_domain) or source.domain
        return Domain(source.customer, "in", partners.ids) & Domain(build(self.env[source.model]))

    @api.model
    def _prepare_item(self, source, record):
        """Return what a line says: {id, title, subtitle, state, tone, amount, date}, all texts.

        `date` is UTC, or a day. `tone` is open, waiting, done, canceled, alert, cart or refund.
        """
        subtitle = [self._text(record, name) for name in source.subtitle]
        state = self._value(record, source.state)
        item = {
            "id": record.id,
            "title": self._text(record, source.name),
            "subtitle": " · ".join(filter(None, subtitle)),
            "state": self._text(record, source.state),
            "tone": source.tones.get(state, "open") if isinstance(state, str) else "open",
            "amount": self._amount(record, source),
            "date": self._text(record, source.date),
        }
        return {**item, **(source.describe(record) if source.describe else {})}

    @api.model
    def _value(self, record, name):
        """Return a field's value, or False when there is no such field for this user."""
        model_field = record._fields.get(name)
        if not model_field or not record._has_field_access(model_field, "read"):
            return False
        return record[name]

    @api.model
    def _text(self, record, name):
        """Return how a field reads: a label, a name, a date. Empty when there is none."""
        value = self._value(record, name)
        if isinstance(value, models.BaseModel):
            return ", ".join(self._name_of(one) for one in value)
        if value and record._fields[name].type == "selection":
            return dict(record._fields[name]._description_selection(self.env)).get(value, value)
        return str(value) if value else ""

    @api.model
    def _name_of(self, record):
        """Return the name of what a record leads to, as far as this user may know it."""
        return record.display_name if record and record.has_access("read") else ""

    @api.model
    def _amount(self, record, source):
        value = self._value(record, source.amount)
        currency = self._value(record, source.currency)
        return format_amount(self.env, value, currency) if value and currency else ""

    @api.model
    def _prepare_action(self, key, group, partner):
        """Return the action that lists all records of a source, as far as the user may see them."""
        source = self._get_sources().get(key)
        families = self._families(partner)
        if not source or group not in families or not self._is_readable(source):
            raise AccessError(self.env._("There is no such list for you."))
        return {
            "type": "ir.actions.act_window",
            "name": f"{source.title}: {partner.display_name}",
            "res_model": source.model,
            "domain": list(self._domain(source, families[group], is_open=True)),
            "views": [(False, "list"), (False, "form")],
            "context": {"create": False},
        }
