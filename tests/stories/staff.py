"""People of a shop, as the office sends them."""

import hashlib
from typing import Any

from edge_daemon.records.verifiers import badge_reference
from tests.stories.counter import Counter
from tests.stories.office_sets import bring

PINS = {"op-1": "2580", "op-17": "1470"}
# Made with hashlib.scrypt(n=16, r=8, p=1) and a fixed salt, so that tests wait for none of them.
VERIFIERS = {
    name: f"scrypt:16:8:1:{'5a' * 16}:"
    + hashlib.scrypt(pin.encode(), salt=bytes.fromhex("5a" * 16), n=16, r=8, p=1, dklen=32).hex()
    for name, pin in PINS.items()
}
BADGES = {"op-1": "04A224F1", "op-17": "04B7710C"}


def person(operator_id: str, name: str, *roles: str, **more: Any) -> dict[str, Any]:
    return {
        "operator_id": operator_id,
        "name": name,
        "roles": list(roles),
        "credential_verifiers": [
            {"method": "PIN", "verifier": VERIFIERS[operator_id]},
            {"method": "NFC", "verifier": badge_reference(BADGES[operator_id])},
        ],
    } | more


PEOPLE = [person("op-1", "Anna", "manager"), person("op-17", "Bram", "cashier")]


async def hire(
    counter: Counter,
    people: list[dict[str, Any]] = PEOPLE,
    *,
    shifts: list[dict[str, Any]] | None = None,
    version: int = 1,
) -> None:
    """Bring a list of operators into force, as it comes from the office."""
    await bring(counter, "operators", version, operators=people, shifts=shifts or [])
    await counter.daemon.staff.load()
