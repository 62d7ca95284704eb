"""Provider calls in threads of their own: plain Python that never touches the database."""

import logging
import threading
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime

import requests

from ..channels.base import Account, ChannelAdapter
from ..channels.errors import OutcomeUnknown, SendError
from ..channels.events import OutboundMessage

_logger = logging.getLogger(__name__)

SLOW = 2.0  # seconds after which a call counts as hanging
# A connection that idles longer may be closed by the provider at the moment when it is used
# again, which would leave the outcome of a call unknown.
IDLE = 2.0


@dataclass(frozen=True, slots=True)
class Call:
    """Everything that one provider call needs. With `since` it is a look-up."""

    delivery_id: int
    account_id: int
    adapter_class: type[ChannelAdapter]
    settings: Account
    outbound: OutboundMessage
    since: datetime | None = None

    def make(self, session):
        """Return what the provider answers, or the send error; raise nothing."""
        try:
            adapter = self.adapter_class(self.settings, session)
            if self.since:
                return adapter.look_up(self.outbound, self.since)
            return adapter.send(self.outbound)
        except SendError as error:
            return error
        except Exception:  # a bug in an adapter: the call may have been made
            _logger.exception("Delivery %s: the adapter failed", self.delivery_id)
            return OutcomeUnknown("internal error", "internal")


class Calls:
    """A pool of provider calls. Belongs to one thread, which starts them and collects them.

    `with Calls(16) as calls:` waits in the end for what is still running.
    """

    def __init__(self, size):
        self.size = size
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="omnichannel.call")
        self._local = threading.local()
        self._running = {}  # future -> (call, when it was started)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._pool.shutdown(wait=True)

    def __len__(self):
        return len(self._running)

    @property
    def free(self):
        """How many calls can be started at once."""
        return self.size - len(self._running)

    def by_account(self):
        """Return {account id: how many of its calls are running}."""
        return Counter(call.account_id for call, _started in self._running.values())

    def slow_accounts(self):
        """Return the ids of the accounts that have a call hanging."""
        late = time.monotonic() - SLOW
        return {call.account_id for call, started in self._running.values() if started < late}

    def start(self, call):
        self._running[self._pool.submit(self._make, call)] = call, time.monotonic()

    def wait(self, timeout=None):
        """Return [(call, outcome)] of what has finished, after at most `timeout` seconds."""
        if not self._running:
            time.sleep(timeout or 0)
            return []
        done = wait(self._running, timeout, FIRST_COMPLETED).done
        return [(self._running.pop(future)[0], future.result()) for future in done]

    def _make(self, call):
        """Make a call on a connection that this thread keeps for the account."""
        sessions = self._local.__dict__.setdefault("sessions", {})
        session, used_at = sessions.pop(call.account_id, (None, 0))
        if session is None or time.monotonic() - used_at > IDLE:
            session = requests.Session()
        outcome = call.make(session)
        sessions[call.account_id] = session, time.monotonic()
        return outcome
