"""Journal entries made by hand: the standard library's JSON and SHA-256, not the journal's code."""

import hashlib
import json
from typing import Any

ORGANIZATION, STORE, EDGE = "org-1", "8712345678906", "edge-0041"
EPOCH = "01M7YHX2VZ5DZ1A5H8NV9ADAZQ"
OTHER_EPOCH = "01M7YHX2VZ5DZ1A5H8NV9ADAZR"
NO_HASH = "0" * 64
JOURNAL_TOPIC = f"pos/v1/{ORGANIZATION}/{STORE}/{EDGE}/journal"
STATUS_TOPIC = f"pos/v1/{ORGANIZATION}/{STORE}/{EDGE}/status"

Json = dict[str, Any]


def digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def entry(seq: int, prev_hash: str, payload: Json | None = None, **changed: Any) -> bytes:
    envelope = {
        "schema_version": 1,
        "entry_type": "SystemEvent",
        "entry_id": f"01M7YHX3{seq:018d}",
        "edge_id": EDGE,
        "epoch": EPOCH,
        "seq": seq,
        "prev_hash": prev_hash,
        "organization_id": ORGANIZATION,
        "retail_store_id": STORE,
        "workstation_id": "till-1",
        "business_day_date": "2026-11-21",
        "till_session_id": None,
        "operator_id": None,
        "occurred_at": 1795248000123456 + seq,
        "utc_offset_min": 60,
        "clock_state": "synced",
        "training": False,
        "api_idempotency_key": None,
        **changed,
        "payload": payload or {"event": "Start", "note": "café"},
    }
    return json.dumps(envelope, separators=(",", ":"), ensure_ascii=False).encode()


def chain(length: int, *, start: list[bytes] | None = None, **changed: Any) -> list[bytes]:
    """Lines that link to each other, behind those of `start`."""
    lines = list(start or [])
    while len(lines) < length:
        prev_hash = digest(lines[-1]) if lines else NO_HASH
        lines.append(entry(len(lines) + 1, prev_hash, **changed))
    return lines


def sale(gross: int, *, status: str = "Completed", currency: str = "EUR") -> Json:
    """The payload of a cash sale; the lines do not matter to the totals."""
    return {
        "transaction_id": "01M7YHZT83Q6W5N4C2R1B0A9ZX",
        "transaction_type": "Sale",
        "status": status,
        "begin_at": 1795248000000000,
        "end_at": 1795248001000000,
        "channel": "store",
        "currency": currency,
        "transaction_links": [],
        "line_items": [],
        "taxes": [],
        "rounding_amount": 0,
        "tenders": [],
        "totals": {
            "gross": gross,
            "net": gross,
            "tax": 0,
            "discount": 0,
            "deposit": 0,
            "tip": 0,
            "due": gross,
            "paid": gross,
            "change": 0,
        },
    }
