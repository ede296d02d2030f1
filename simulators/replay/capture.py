"""A capture: what `edge-daemon trace payment-terminal` writes, a message a line.

Each line is a JSON object: `protocol` is the driver's name, `sender` is `till` or `terminal`,
`name` says what the message is, `message` is itself, without card data. What was not understood
when the capture was made is an empty message, and gone.
"""

import json
from dataclasses import dataclass


class CaptureError(ValueError):
    """Raised when a file is no capture of such a terminal; the message says in which line."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One message of a capture."""

    by_till: bool
    name: str
    message: str


def protocol_of(text: str) -> str:
    """Return the protocol of a capture.

    Raises:
        CaptureError: The first line is none of a capture.
    """
    try:
        protocol: str = json.loads(next(iter(text.split("\n", 1))))["protocol"]
    except (ValueError, KeyError, TypeError) as error:
        raise CaptureError(f"Line 1 is no message of a terminal: {error}") from error
    return protocol


def read_capture(text: str, protocol: str) -> list[Recorded]:
    """Return the messages of a capture.

    Raises:
        CaptureError: A line is none of a capture of this protocol.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            entry = json.loads(line)
            if entry["protocol"] != protocol or entry["sender"] not in {"till", "terminal"}:
                raise CaptureError(f"Line {number} is no message of a terminal with {protocol}.")
            name, message = entry.get("name", ""), entry.get("message", "")
        except (ValueError, KeyError, TypeError) as error:
            raise CaptureError(f"Line {number} is no message of a terminal: {error}") from error
        if message:
            found.append(Recorded(entry["sender"] == "till", name, message))
    return found
