"""The office's sets, as they come down, without an office."""

import hashlib
import json
from typing import Any

from tests.stories.counter import Counter


async def bring(counter: Counter, name: str, version: int, **lists: Any) -> None:
    """Bring a whole set into force."""
    chunk = json.dumps({"version": version, "number": 0, **lists}).encode()
    digest = hashlib.sha256(chunk).hexdigest()
    manifest = {"version": version, "hash": digest, "chunk_count": 1}
    master_data = counter.daemon.master_data
    await master_data.hear(f"{name}/manifest", json.dumps(manifest).encode())
    await master_data.hear(f"{name}/chunk/0", chunk)
    assert master_data.rejected == {}


def figures(counter: Counter, *lines: dict[str, Any], age_s: int = 0) -> dict[str, Any]:
    """What the office has counted, with everything that this box has journaled up to now."""
    journal = counter.daemon.journal
    head = journal.head
    return {
        "as_of": journal.clock.now_us() - age_s * 1_000_000,
        "covers": [{"edge_id": "edge-0041", "epoch": head.epoch, "seq": head.seq}],
        "lines": lines,
    }
