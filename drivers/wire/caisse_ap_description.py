"""A message of Caisse-AP in words, for support: tags, what they mean, and never card data.

The result is made of JSON values: one entry for the message, with a field for each of its tags.

Source: as in `caisse_ap`.
"""

from typing import Any

from drivers.wire import WireError
from drivers.wire.caisse_ap import Failure, FieldReader, Outcome, redact_value

Json = dict[str, Any]

NAMES = {
    "CZ": "protocol version",
    "CJ": "protocol id",
    "CA": "till",
    "CE": "currency",
    "CB": "amount",
    "CD": "direction",
    "BA": "answer at once",
    "AE": "outcome",
    "AF": "reason",
    "CC": "payment kind",
    "CI": "card reader",
    "AA": "card number",
    "AB": "expiry date",
    "AC": "authorisation number",
    "AI": "application id",
    "CG": "contract number",
}

_MEANINGS = {
    ("CD", "0"): "debit",
    ("CD", "1"): "credit",
    ("CI", "1"): "contact",
    ("CI", "2"): "contactless",
    **{("AE", each.value): each.name.lower().replace("_", " ") for each in Outcome},
    **{("AF", each.value): each.name.lower().replace("_", " ") for each in Failure},
}


def describe(data: bytes) -> list[Json]:
    """Return the message in `data`: `name`, `length` and `fields`, or an `error` and what is whole.

    A field has its `number` (the tag), its `name` and its `value`.
    """
    reader = FieldReader()
    entry: Json = {"name": "request", "length": len(data)}
    try:
        reader.receive_data(data)
        if not reader.whole or not reader.fields:
            entry["error"] = "The last field is not whole."
    except WireError as error:
        entry["error"] = str(error)
    if "AE" in reader.fields:
        entry["name"] = "answer"
    entry["fields"] = [_field(tag, value) for tag, value in reader.fields.items()]
    return [entry]


def _field(tag: str, value: str) -> Json:
    shown = redact_value(tag, value)
    meaning = _MEANINGS.get((tag, value))
    return {
        "number": tag,
        "name": NAMES.get(tag, "unknown"),
        "value": f"{shown} ({meaning})" if meaning else shown,
    }
