"""Who learns what: each role against each method, record, field, search and bus channel.

The tables are in rights_tables.py and rights_common.py, and say how to add a row.
"""

import ast
import inspect
from pathlib import Path
from unittest.mock import patch

import requests

from odoo.exceptions import AccessError, MissingError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .rights_common import HANGS_ON, LOGGERS, MARK, RightsCase
from .rights_tables import CALLERS, FETCHES, GATEWAY, METHODS, ORM, QUIET, RECORDS

ADDON = "odoo.addons.omnichannel_connector"


def own_methods(model_class):
    """Return the public methods of a model that this addon defines or changes."""
    found = set()
    for parent in model_class.__mro__:
        if not parent.__module__.startswith(ADDON) or ".tests" in parent.__module__:
            continue
        for name, member in vars(parent).items():
            member = getattr(member, "__func__", member)
            is_public = inspect.isfunction(member) and not name.startswith("_")
            if is_public and not getattr(getattr(model_class, name), "_api_private", False):
                found.add(name)
    return found


@tagged("-at_install", "post_install")
class TestRightsMatrix(RightsCase):
    # === METHODS === #

    def setUp(self):
        super().setUp()
        self.outside = self.env["res.users"].union(*(user for _role, user in self.outsiders()))
        # who sees what is not ours, too
        self.users["administrator"].group_ids += self.env.ref("sales_team.group_sale_manager")

    def test_every_public_method_has_a_row(self):
        found = {
            f"{name}.{method}"
            for name, model_class in self.registry.items()
            for method in own_methods(model_class) - ORM - GATEWAY
        }
        rows = {f"{model}.{method}" for model, methods in METHODS.items() for method in methods}

        self.assertEqual(found - rows, set(), "add rows to rights_tables.py")
        self.assertEqual(rows - found, set(), "rows of what is gone")

    def _records(self, model):
        if model in RECORDS:
            return RECORDS[model](self)
        if model in HANGS_ON:
            return self.hidden(model)
        return self.env[model]

    def _call(self, user, model, method, args):
        """Return (the answer, whether it was refused), and undo what it did."""
        self.maker = self.env if user in self.outside else self.env(user=user, su=False)
        records = self._records(model).with_user(user).with_context(allowed_company_ids=None)
        self.env.flush_all()
        self.env.invalidate_all()
        closing = self.env.cr.savepoint()
        try:
            with mute_logger(*LOGGERS), patch.object(requests.Session, "send", _no_network):
                return getattr(records, method)(*args), False
        except (AccessError, MissingError):
            return None, True
        except Exception as error:  # noqa: BLE001  whatever it says, it has to say it to everybody
            return error, False
        finally:
            closing.close(rollback=True)
            self.env.invalidate_all()

    def _rows(self):
        for model, methods in METHODS.items():
            for method, args in methods.items():
                yield model, method, args(self) if callable(args) else args

    def test_outsiders_are_refused_by_every_method(self):
        for model, method, args in self._rows():
            for role, user in self.outsiders():
                with self.subTest(method=f"{model}.{method}", role=role):
                    answer, is_refused = self._call(user, model, method, args)
                    if f"{model}.{method}" not in QUIET:
                        self.assertTrue(is_refused, f"got {answer!r}")
                    self.assertNotIn(MARK, str(answer))
                    self.assertNotIn(f"discuss.channel_{self.channel.id}", str(answer))

    def test_every_row_is_of_use(self):
        system = new_test_user(self.env, "the_system", "base.group_system")
        for model, method, args in self._rows():
            user = system if CALLERS.get(model) else self.users["administrator"]
            with self.subTest(method=f"{model}.{method}"):
                answer, is_refused = self._call(user, model, method, args)
                self.assertFalse(is_refused, "nobody may call it")
                self.assertNotIsInstance(answer, (TypeError, AttributeError, KeyError))

    def test_nothing_is_written(self):
        for model in HANGS_ON:
            for role, user in self.outsiders():
                for method, args in (("write", ({},)), ("unlink", ())):
                    if not self.hidden(model):
                        continue
                    with self.subTest(model=model, role=role, method=method):
                        answer, is_refused = self._call(user, model, method, args)
                        self.assertTrue(is_refused or _is_void(answer), repr(answer))

    # === SOURCES === #

    def test_every_fetch_of_the_web_client_has_a_row(self):
        controllers = Path(__file__).parents[1] / "controllers"
        source = (controllers / "webclient.py").read_text(encoding="utf-8")
        words = {
            node.value
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        fetches = {word for word in words if word.startswith("/omnichannel/")}

        self.assertEqual(fetches, FETCHES.keys())


def _no_network(*_args, **_kwargs):
    raise requests.ConnectionError("no network in tests")


def _is_void(answer):
    """Tell whether an answer says that nothing happened."""
    return isinstance(answer, Exception) or not answer
