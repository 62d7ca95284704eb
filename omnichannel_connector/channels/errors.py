"""The closed set of errors that adapters raise. The delivery queue switches on the class only."""


class ChannelError(Exception):
    """Base of all errors that an adapter raises on purpose.

    `code` and `text` are the provider's own, untranslated, free of secrets.
    """

    def __init__(self, text="", code=""):
        super().__init__(text)
        self.text = text
        self.code = str(code)


class SignatureError(ChannelError):
    """The webhook request is not proven to come from the provider, or nothing can prove it."""


class PayloadError(ChannelError):
    """A signed webhook body that can't be read. It is stored as a failed event."""


class SendError(ChannelError):
    """Base of the six outcomes of a provider call that is not known to have succeeded."""


class NotSent(SendError):
    """The provider did not take the message; trying again is safe.

    `retry_after` is the pause in seconds that the provider asked for, or None.
    """

    def __init__(self, text="", code="", retry_after=None):
        super().__init__(text, code)
        self.retry_after = retry_after


class RateLimited(NotSent):
    """As NotSent, because of too many calls: the whole account has to slow down."""


class Rejected(SendError):
    """The provider refused this message for good (address, content, closed window)."""


class OptedOut(Rejected):
    """The customer told the provider that they want no messages from us."""


class AccountError(SendError):
    """The account can't send at all (token, permission, suspension). The message was not sent."""


class OutcomeUnknown(SendError):
    """The call may or may not have been processed. Nobody may repeat it blindly."""


class FetchError(ChannelError):
    """Base of what can go wrong with a customer's file. FetchError itself: try again later."""


class MediaGone(FetchError):
    """The link has expired or the customer took the file back."""


class MediaRefused(FetchError):
    """The file may not be fetched: too big, a host that is not allowed, a private address."""
