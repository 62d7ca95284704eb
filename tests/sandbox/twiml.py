"""Reads TwiML, the XML with which we tell Twilio what to do with a call."""

from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin
from xml.etree import ElementTree

VERBS = {
    "Dial",
    "Gather",
    "Hangup",
    "Leave",
    "Pause",
    "Play",
    "Record",
    "Redirect",
    "Reject",
    "Say",
}


class TwimlError(Exception):
    """The document can't be used; callers hear of an application error."""


@dataclass
class Verb:
    """One instruction. `children` are the nouns within, such as the numbers of a Dial."""

    name: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Verb"] = field(default_factory=list)
    document: str = ""  # the URL of the TwiML, to which other URLs are relative

    def url(self, name: str) -> str:
        """Return the absolute URL in an attribute, "" without it."""
        value = self.attributes.get(name, "")
        return urljoin(urldefrag(self.document).url, value) if value else ""

    def is_true(self, name: str) -> bool:
        """Tell whether an attribute is "true"."""
        return self.attributes.get(name, "").lower() == "true"


def parse(body: str, document: str) -> list[Verb]:
    """Return the instructions of a TwiML document; none = hang up. Raise TwimlError."""
    if not body.strip():
        return []
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - our own product's answer, in a test
    except ElementTree.ParseError as error:
        raise TwimlError(f"12100: {error}") from error
    if root.tag != "Response":
        raise TwimlError("12102: the root is not Response")
    verbs = [verb_of(element, document) for element in root]
    unknown = [verb.name for verb in verbs if verb.name not in VERBS]
    if unknown:
        raise TwimlError(f"12200: {unknown[0]} is not known")
    return verbs


def verb_of(element: ElementTree.Element, document: str) -> Verb:
    """Return an element as an instruction."""
    children = [verb_of(child, document) for child in element]
    text = (element.text or "").strip()
    return Verb(element.tag, text, dict(element.attrib), children, document)
