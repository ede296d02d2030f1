"""A nexo terminal that says too much: whole card data in every place where some can stand."""

import json
import urllib.parse
from typing import Any

from simulators.payment_terminal.leaks import DISPLAY_LINES, PAN, SLIP_LINES, TRACK_1, TRACK_2

_SENSITIVE = {
    "PAN": PAN,
    "TrackData": [{"TrackNumb": 1, "TrackValue": TRACK_1}, {"TrackValue": TRACK_2}],
}
_WORDS = urllib.parse.urlencode({"message": f"Card {PAN}", "cardNumber": PAN, "track2": TRACK_2})
_PAIRS = [
    {"Text": urllib.parse.urlencode({"name": "Kaart", "value": line, "key": "pan"})}
    for line in (*SLIP_LINES, *DISPLAY_LINES)
]


def leaking(plain: bytes) -> bytes:
    """Return a message with whole card data in its members and its texts."""
    return json.dumps(_leaking(json.loads(plain))).encode()


def _leaking(value: Any) -> Any:  # noqa: ANN401 - JSON values
    if isinstance(value, list):
        return [_leaking(item) for item in value]
    if not isinstance(value, dict):
        return value
    said = {name: _leaking(member) for name, member in value.items()}
    if "MaskedPan" in said:
        said |= {"MaskedPan": PAN, "SensitiveCardData": _SENSITIVE}
    if "Result" in said:
        before = f"{said['AdditionalResponse']}&" if "AdditionalResponse" in said else ""
        said["AdditionalResponse"] = before + _WORDS
    if "OutputText" in said:
        said["OutputText"] = [*said["OutputText"], *_PAIRS]
    return said
