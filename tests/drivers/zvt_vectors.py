"""Bytes of ZVT from the manual, from recordings and from other implementations' tests."""

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "vectors" / "zvt.json"

VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text())


def vectors(protocol: str, *, malformed: bool = False) -> list[dict[str, Any]]:
    return [
        vector
        for vector in VECTORS
        if vector["protocol"] == protocol and vector.get("malformed_in_source", False) is malformed
    ]


def apdus(*, malformed: bool = False) -> list[bytes]:
    found = [bytes.fromhex(vector["hex"]) for vector in vectors("zvt-apdu", malformed=malformed)]
    if malformed:
        return found
    sequences = (vector["json"] for vector in vectors("zvt-apdu-sequence"))
    return found + [bytes.fromhex(text) for sequence in sequences for text in sequence]


def apdu(name: str) -> bytes:
    return bytes.fromhex(next(v["hex"] for v in VECTORS if v["name"] == name))
