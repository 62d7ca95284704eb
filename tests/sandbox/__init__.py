"""Instagram, WhatsApp, Twilio and a mail server on loopback, to try and test the product against.

Written from the providers' documentation, on purpose without a line of the product's own code.
"""

from .server import Sandbox

__all__ = ["Sandbox"]
