"""What the error codes of Twilio's REST API and callbacks mean."""

from collections.abc import Iterable

from .errors import (
    AccountError,
    NotSent,
    OptedOut,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SendError,
)
from .http import Answer, provider_error, status_error
from .text import scalar

OPTED_OUT = "21610"
# No text can reach these: the number does not exist, or is a landline. The second may be a phone
# that is switched off today.
DEAD_NUMBERS = frozenset({"14101", "21211", "21214", "21217", "21421", "21614", "30005", "30006"})
SILENT_NUMBERS = frozenset({"30003"})
# Everything that is not listed is decided by the HTTP status. Codes of one destination or one
# sender id are a refusal of that message, not a fault of the account.
# https://www.twilio.com/docs/api/errors
REST_ERRORS = {
    OPTED_OUT: OptedOut,
    # the account, its credentials or its sender
    "20003": AccountError,
    "20404": AccountError,
    "21212": AccountError,
    "21603": AccountError,
    "21606": AccountError,
    "21609": AccountError,
    "21703": AccountError,
    "21705": AccountError,
    "30002": AccountError,
    "30032": AccountError,
    "30034": AccountError,
    # the address
    "14101": Rejected,
    "21211": Rejected,
    "21214": Rejected,
    "21217": Rejected,
    "21219": Rejected,
    "21265": Rejected,
    "21266": Rejected,
    "21408": Rejected,
    "21421": Rejected,
    "21608": Rejected,
    "21612": Rejected,
    "21614": Rejected,
    "30003": Rejected,
    "30005": Rejected,
    "30006": Rejected,
    "30018": Rejected,
    "30024": Rejected,
    "63003": Rejected,
    # the content
    "14103": Rejected,
    "21602": Rejected,
    "21617": Rejected,
    "21620": Rejected,
    "21623": Rejected,
    "30004": Rejected,
    "30007": Rejected,
    "30011": Rejected,
    "30019": Rejected,
    "63016": Rejected,
    "63024": Rejected,
    "63032": Rejected,
    "63038": Rejected,
    # too much at once
    "14107": RateLimited,
    "20429": RateLimited,
    "21611": RateLimited,
    "30001": RateLimited,
    "30022": RateLimited,
    "30023": RateLimited,
    "30027": RateLimited,
    "63018": RateLimited,
    # the way there
    "30008": OutcomeUnknown,
    "30017": NotSent,
    "30410": OutcomeUnknown,
}


def rest_error(answer: Answer, secrets: Iterable[str] = ()) -> SendError:
    """Return the send error for an answer of the REST API that is no success.

    Twilio may have taken the message before it failed with 5xx, whatever code it gives.
    """
    data = answer.json()
    code = scalar(data.get("code")) or scalar(data.get("error_code"))
    if answer.status >= 500:
        error_class = OutcomeUnknown
    else:
        error_class = REST_ERRORS.get(code) or status_error(answer.status)
    text = scalar(data.get("message")) or scalar(data.get("error_message"))
    return provider_error(error_class, answer, code=code, text=text, secrets=secrets)
