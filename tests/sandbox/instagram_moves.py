"""What goes on in a thread besides messages: who owns it, and how the customer came."""

from .accounts import InstagramAccount
from .hooks import Result
from .instagram_events import InstagramEvents, milliseconds
from .models import Customer
from .state import State

INBOX_APP = "1217981644879628"  # Instagram's own inbox
CONTROL = ("pass_thread_control", "take_thread_control", "request_thread_control")
MOVES = (*CONTROL, "referral", "optin")


class Moves:
    """Sends the webhooks of threads."""

    def __init__(self, state: State, events: InstagramEvents):
        self._state = state
        self._events = events

    def act(
        self, account: InstagramAccount, customer: Customer, action: str, spec: dict, sync: bool
    ) -> Result | None:
        """Do one of MOVES in a customer's thread.

        `spec`: new_owner_app_id, previous_owner_app_id, metadata (thread control); value (the
        content of a referral or an optin).
        """
        if action in CONTROL:
            value = self._control(account, customer, action, spec)
        else:
            value = spec.get("value") or {
                "ref": "link",
                "source": "SHORTLINK",
                "type": "OPEN_THREAD",
            }
        if action == "referral":  # an ig.me link in a thread that there is
            self._state.open_window(account.id, customer.id)
        item = {
            "sender": {"id": self._state.igsid(customer, account.id)},
            "recipient": {"id": account.id},
            "timestamp": milliseconds(self._state.now()),
            action: value,
        }
        event = "control" if action in CONTROL else action
        return self._events.deliver(account, self._events.hook(account, event, [item]), sync)

    def _control(self, account, customer: Customer, action: str, spec: dict) -> dict:
        """Change who owns the thread, but for a mere request, and return what is told of it."""
        before = self._state.thread_owner(account, customer.id)
        is_away = action == "take_thread_control"
        default = INBOX_APP if is_away else account.app_id
        after = str(spec.get("new_owner_app_id") or default)
        if action == "request_thread_control":
            return {"requested_owner_app_id": after, "metadata": spec.get("metadata", "")}
        self._state.set_thread_owner(account, customer.id, after)
        return {
            "previous_owner_app_id": spec.get("previous_owner_app_id", before),
            "new_owner_app_id": after,
            "metadata": spec.get("metadata", ""),
        }
