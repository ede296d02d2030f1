"""The envelope of ePOS-Print: a request as values, an answer as a document.

The answer's `response` has no prefix, because the SDK looks for it by its bare name. `success` is
`true` or `false`: Odoo takes `1` for a failure.

Source: Epson ePOS-Print XML user's manual; an answer captured from a printer.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from edge_daemon.doors.exchange import XML, Answer
from edge_daemon.doors.xml import XmlError, find, local_name, parse

NAMESPACE = "http://www.epson-pos.com/schemas/2011/03/epos-print"
DISPLAY_NAMESPACE = "http://www.epson-pos.com/schemas/2012/09/epos-display"
DEFAULT_DEVICE = "local_printer"
DEFAULT_TIMEOUT_MS = 10_000
LONGEST_TIMEOUT_MS = 300_000
"""Of a printer object of the SDK that stands alone."""

_TEXT_LIMIT = 128
_NO_RESPONSE, _SHOWN = 1, 2
"""Status bits of a display."""


class EposRequest(NamedTuple):
    """A request.

    Attributes:
        device: The till's name for the printer.
        timeout: Seconds after which the till gives up.
        job: Its `printjobid`, or `""`.
        elements: What to print; none asks for the status, or for a job's end.
    """

    device: str
    timeout: float
    job: str
    elements: tuple[Element, ...]


def read(body: bytes, query: Mapping[str, str]) -> EposRequest:
    """Read a request; device and time limit stand in the query or in the header.

    Raises:
        XmlError: It is no document with an `epos-print`.
    """
    root = parse(body)
    document = find(root, "epos-print")
    if document is None:
        raise XmlError("There is no epos-print in the document.")
    header = find(root, "parameter")
    stated = {} if header is None else {local_name(each): each.text or "" for each in header}
    named = {**stated, **query}
    return EposRequest(
        device=named.get("devid", DEFAULT_DEVICE)[:_TEXT_LIMIT],
        timeout=_seconds(named.get("timeout", "")),
        job=stated.get("printjobid", "")[:_TEXT_LIMIT],
        elements=tuple(document),
    )


def _seconds(milliseconds: str) -> float:
    if re.fullmatch("[0-9]{1,9}", milliseconds) is None or not int(milliseconds):
        return DEFAULT_TIMEOUT_MS / 1000
    return min(int(milliseconds), LONGEST_TIMEOUT_MS) / 1000


def write(
    *, success: bool, code: str, status: int, device: str = DEFAULT_DEVICE, job: str = ""
) -> Answer:
    """The answer of the printing service; HTTP 200 also where nothing was printed."""
    header = ""
    if job:
        header = (
            f'<s:Header><parameter xmlns="{NAMESPACE}"><devid>{escape(device)}</devid>'
            f"<printjobid>{escape(job)}</printjobid></parameter></s:Header>"
        )
    response = (
        f'<response success="{str(success).lower()}" code={quoteattr(code)} status="{status}"'
        f' battery="0" xmlns="{NAMESPACE}"></response>'
    )
    return _envelope(header, response)


def write_display(code: str) -> Answer:
    """The answer of the customer display's service: shown, or why not."""
    success, status = ("false", _NO_RESPONSE) if code else ("true", _SHOWN)
    return _envelope(
        "",
        f'<response success="{success}" code={quoteattr(code)} status="{status}"'
        f' xmlns="{DISPLAY_NAMESPACE}"></response>',
    )


def _envelope(header: str, response: str) -> Answer:
    document = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
        f"{header}<s:Body>{response}</s:Body></s:Envelope>"
    )
    return Answer(document.encode("utf-8", "xmlcharrefreplace"), XML)
