"""An answer's XML, read strictly: what is broken is no answer.

A parser that mends would close what was cut out of the middle, and show half a calendar as the whole.
"""

import re

from lxml import etree

from booking.connectors.ews import wire

#: What Exchange sends although XML cannot hold it, out of subjects that people pasted: control characters, and halves
#: of a character. Source: github.com/ecederstrand/exchangelib, issues on "invalid character" in answers.
_UNSAYABLE = re.compile(
    rb"&#(?:x0*(?:[0-8bcef]|1[0-9a-f]|d[89a-f][0-9a-f]{2}|fff[ef])"
    rb"|0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|5529[6-9]|55[3-9][0-9]{2}|56[0-9]{3}|57[0-2][0-9]{2}|573[0-3][0-9]|5734[0-3]"
    rb"|6553[45]));",
    re.IGNORECASE,
)
_CONTROLS = bytes(each for each in range(0x20) if each not in b"\t\n\r")


def root(content: bytes) -> "etree._Element":
    """Return the outermost element.

    Raises:
        Unreadable: it is no whole XML, or it brings definitions of its own, which SOAP forbids: they could blow up.
    """
    if b"<!DOCTYPE" in content:
        raise wire.Unreadable("an answer with a document type")
    plain = content.translate(None, _CONTROLS)
    if b"&#" in plain:
        plain = _UNSAYABLE.sub(b"", plain)
    try:
        return etree.fromstring(plain.strip(), _strict())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise wire.Unreadable("an answer that is no XML") from error


def _strict() -> etree.XMLParser:
    """Return a parser that mends and fetches nothing. Notes between items are no items, so they are left out."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,  # the size was measured as it came
    )
