"""The SMTP server to which Odoo sends: takes every mail, unless a fault forbids it."""

import asyncio
import socket
import weakref

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from .faults import Fault, Faults
from .log import Log
from .mails import Mails

REFUSALS = {
    "reject": (550, "5.1.1 No such mailbox"),
    "temporary": (451, "4.7.1 Try again later"),
}


class SmtpListener(Controller):
    """Listens from `start` to `stop`; the port (0 = any free one) is known before."""

    def __init__(self, mails: Mails, faults: Faults, log: Log, host: str, port: int = 0):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family)
        self._sessions: weakref.WeakSet[SMTP] = weakref.WeakSet()
        super().__init__(
            _Handler(mails, faults, log),
            hostname=host,
            port=self._socket.getsockname()[1],
            server_hostname="localhost",
            authenticator=lambda *_credentials: AuthResult(success=True),
            auth_require_tls=False,
        )

    def factory(self) -> SMTP:
        """Return the server for one connection, and remember it while it lives."""
        session = super().factory()
        self._sessions.add(session)
        return session

    def stop(self, no_assert: bool = True):
        """Hang up on everybody and stop; an open connection would keep Python 3.12 waiting."""
        for session in list(self._sessions):
            if session.transport is not None:
                self.loop.call_soon_threadsafe(session.transport.abort)
        super().stop(no_assert)
        self._socket.close()

    def _create_server(self):
        return self.loop.create_server(self._factory_invoker, sock=self._socket)


class _Handler:
    """What aiosmtpd calls. Whatever may wait runs in a thread of its own."""

    def __init__(self, mails: Mails, faults: Faults, log: Log):
        self._mails = mails
        self._faults = faults
        self._log = log

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        fault = self._faults.take("email", "smtp")
        answer = await asyncio.to_thread(suffer, fault) if fault else ""
        if answer:
            names = {"sender": envelope.mail_from, "recipient": address}
            self._log.add("mail_refused", **names, answer=answer)
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        mail = await asyncio.to_thread(
            self._mails.receive,
            envelope.mail_from or "",
            list(envelope.rcpt_tos),
            envelope.original_content or b"",
        )
        return f"250 2.0.0 OK: mail {mail.id}"


def suffer(fault: Fault) -> str:
    """Return the refusal of a recipient; "" after a delay."""
    if fault.action == "delay":
        fault.pause(default=1)
        return ""
    code, text = REFUSALS[fault.action]
    return f"{fault.params.get('code', code)} {fault.params.get('message', text)}"
