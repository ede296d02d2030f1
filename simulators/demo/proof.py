"""What came of the sales, asked of everybody who must know: no number is taken on trust.

The sales are counted at the office, the receipts at the printer, the drawer's openings at the
drawer, the entries at the daemon, and what is acknowledged again at the office.
"""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from simulators.shop.configuration import EDGE_ID
from simulators.shop.opening import Shop
from simulators.shop.programs import ask

ACKNOWLEDGED_SECONDS = 60.0
"""For the office to have everything."""
LOOK_SECONDS = 0.05
"""Between two looks at how far the office is."""


@dataclass(frozen=True)
class Proof:
    """The numbers.

    Attributes:
        sales: Completed sales of this run that the office has.
        printed: Receipts that came out of the printer.
        drawer_opened: Pulses that the drawer got.
        entries: How many entries the daemon's journal has.
        acknowledged: Up to which entry the office has acknowledged.
    """

    sales: int
    printed: int
    drawer_opened: int
    entries: int
    acknowledged: int

    def json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    def problems(self) -> list[str]:
        """What is not as it should be after one cash sale and one card sale, in sentences."""
        wanted = {"sales": 2, "printed": 2, "drawer_opened": 1}
        found = asdict(self)
        problems = [
            f"{name} should be {number} and is {found[name]}."
            for name, number in wanted.items()
            if found[name] != number
        ]
        if self.entries != self.acknowledged:
            problems.append(
                f"The journal has {self.entries} entries, and the office has acknowledged "
                f"{self.acknowledged}."
            )
        return problems


async def observe(shop: Shop, sale_ids: Iterable[str]) -> Proof:
    """Wait until the office has everything, at most `ACKNOWLEDGED_SECONDS`, and ask everybody."""
    sold = frozenset(sale_ids)
    deadline = asyncio.get_running_loop().time() + ACKNOWLEDGED_SECONDS
    while True:
        epoch, entries = await _journal_when_acknowledged(shop, deadline)
        acknowledged, sales = await asyncio.gather(
            _acknowledged(shop, epoch), _sales(shop, epoch, sold)
        )
        if acknowledged == entries or asyncio.get_running_loop().time() > deadline:
            break
    return Proof(
        sales=sales,
        printed=len(shop.devices.printer.receipts),
        drawer_opened=len(shop.devices.printer.drawer_pulses),
        entries=entries,
        acknowledged=acknowledged,
    )


async def _journal_when_acknowledged(shop: Shop, deadline: float) -> tuple[str, int]:
    """The epoch and the last entry of the journal, once the daemon was told that it arrived."""
    while True:
        health = await shop.register.get("/v1/health")
        head = health["journal"]["position"]
        if health["relay"]["acknowledged"] == head or asyncio.get_running_loop().time() > deadline:
            epoch, _, number = head.partition(".")
            return epoch, int(number)
        await asyncio.sleep(LOOK_SECONDS)


async def _acknowledged(shop: Shop, epoch: str) -> int:
    report = json.loads(
        await ask(
            "central-office", "status", "--json", f"--database={shop.options.office_database}"
        )
    )
    marks = {
        stream["epoch"]: int(stream["up_to_seq"])
        for stream in report["streams"]
        if stream["edge_id"] == EDGE_ID
    }
    return marks.get(epoch, 0)


async def _sales(shop: Shop, epoch: str, sold: frozenset[str]) -> int:
    written = await ask(
        "central-office",
        "entries",
        f"--edge={EDGE_ID}",
        f"--epoch={epoch}",
        f"--database={shop.options.office_database}",
    )
    return sum(_is_sale(json.loads(line), sold) for line in written.splitlines())


def _is_sale(entry: dict[str, Any], sold: frozenset[str]) -> bool:
    payload = entry["payload"]
    return (
        entry["entry_type"] == "RetailTransaction"
        and payload["status"] == "Completed"
        and payload["transaction_id"] in sold
    )
