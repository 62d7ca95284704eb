"""Channel adapters: plain Python that never imports odoo (import-linter holds it)."""

from .base import ChannelAdapter
from .instagram import InstagramAdapter
from .twilio_sms import TwilioSmsAdapter
from .twilio_voice import TwilioVoiceAdapter

ADAPTERS: dict[str, type[ChannelAdapter]] = {
    cls.code: cls for cls in (InstagramAdapter, TwilioSmsAdapter, TwilioVoiceAdapter)
}
