"""Mail on its way into Odoo, as a mail server hands it over through odoo-mailgate: XML-RPC."""

import time
from http.client import HTTPException
from xml.parsers.expat import ExpatError
from xmlrpc.client import Binary, Fault, ProtocolError, ServerProxy, Transport

from .hooks import Result
from .models import MailGateway

TIMEOUT = 60  # the first call may load the whole database
# What Odoo's marshaller says when `message_process` is done and returns None: a loop, a bounce.
NONE = "cannot marshal None"


class LoginError(Exception):
    """Odoo does not know the login, or not with that password."""


def deliver(gateway: MailGateway | None, raw: bytes) -> Result:
    """Hand a mail to Odoo and return {result, error, seconds}.

    `result` is what `message_process` returned: the id of the record; False or None = ignored.
    """
    if gateway is None:
        return {"result": None, "error": "skipped: no mail gateway is set", "seconds": 0}
    started = time.monotonic()
    result, error = attempt(gateway, raw)
    return {"result": result, "error": error, "seconds": round(time.monotonic() - started, 3)}


def attempt(gateway: MailGateway, raw: bytes) -> tuple[object, str]:
    """Return what Odoo answered, and what went wrong ("" = nothing)."""
    try:
        return process(gateway, raw), ""
    except TimeoutError as error:
        return None, f"timeout: {type(error).__name__}"
    except OSError as error:
        return None, f"connect: {type(error).__name__}"
    except LoginError:
        return None, f"login: {gateway.login} is refused"
    except Fault as error:
        return None, told(gateway, str(error.faultString))
    except ProtocolError as error:
        return None, f"answer: {error.errcode} {error.errmsg}"
    except (HTTPException, ExpatError) as error:
        return None, f"answer: {type(error).__name__}"


def told(gateway: MailGateway, text: str) -> str:
    """Return the last line of Odoo's exception, "" when it is none. The next call logs in anew."""
    if NONE in text:
        return ""
    gateway.uid = 0
    lines = text.strip().splitlines() or [""]
    return f"fault: {lines[-1][:500]}"


def process(gateway: MailGateway, raw: bytes):
    """Log in, once, and call what odoo-mailgate calls."""
    if not gateway.uid:
        with proxy(gateway, "common") as common:
            gateway.uid = common.authenticate(gateway.db, gateway.login, gateway.password, {})
    if not gateway.uid:
        raise LoginError
    user = (gateway.db, gateway.uid, gateway.password)
    with proxy(gateway, "object") as odoo:
        return odoo.execute_kw(*user, "mail.thread", "message_process", [False, Binary(raw)])


def proxy(gateway: MailGateway, service: str) -> ServerProxy:
    """Return a client of one of Odoo's services."""
    return ServerProxy(f"{gateway.url}/xmlrpc/2/{service}", transport=_Transport(), allow_none=True)


class _Transport(Transport):
    def make_connection(self, host):
        connection = super().make_connection(host)
        connection.timeout = TIMEOUT
        return connection
