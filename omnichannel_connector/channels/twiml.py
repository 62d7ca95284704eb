"""What Twilio is told to do with a call. https://www.twilio.com/docs/voice/twiml"""

from html import escape

NOTHING = "<Response/>"
# Free of charge, and the call ends as `busy`: nobody was there.
REFUSE = '<Response><Reject reason="busy"/></Response>'
RING_SECONDS = 25  # before most mailboxes of mobile phones take the call
MESSAGE_SECONDS = 120  # the longest recording that Twilio transcribes


def forward(number: str, result_url: str, leg_url: str) -> str:
    """Return TwiML that rings at a number, and tells what came of it and of the second leg."""
    leg = _element(
        "Number",
        escape(number),
        statusCallback=leg_url,
        statusCallbackEvent="initiated ringing answered completed",
    )
    dial = _element("Dial", leg, timeout=str(RING_SECONDS), action=result_url)
    return _element("Response", dial)


def voicemail(greeting: str, result_url: str) -> str:
    """Return TwiML that speaks a greeting and records what the caller says.

    The recording has an address of its own to go on with: without one Twilio would ask the
    webhook again, and the caller would hear the greeting over and over.
    """
    say = _element("Say", escape(_printable(greeting)))
    record = _element(
        "Record",
        maxLength=str(MESSAGE_SECONDS),
        action=result_url,
        recordingStatusCallback=result_url,
        transcribe="true",
        transcribeCallback=result_url,
    )
    return _element("Response", say + record)


def _element(name: str, content: str = "", **attributes: str) -> str:
    """Return an element. Its content is XML already, its attributes are not."""
    start = " ".join([name, *(f'{key}="{escape(text)}"' for key, text in attributes.items())])
    return f"<{start}>{content}</{name}>" if content else f"<{start}/>"


def _printable(text: str) -> str:
    """Return a text without what XML can't hold."""
    return "".join(char for char in text if char.isprintable() or char in "\n\t")
