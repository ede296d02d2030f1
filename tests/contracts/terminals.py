"""Every payment terminal that can be simulated, by protocol, and how its driver is opened."""

import dataclasses
import importlib
import tomllib
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from drivers.payment_terminal import Capability, PaymentTerminal
from simulators.caisse_ap_terminal import CaisseApTerminal
from simulators.nexo_terminal import NexoTerminal
from simulators.opi_terminal import OpiTerminal
from simulators.payment_terminal import PaymentTerminal as ZvtTerminal


@dataclasses.dataclass(frozen=True)
class Protocol:
    """One protocol, its simulator, and what is the same fault under another name.

    Attributes:
        lost: Faults that break the link once the request has left.
        busy: The fault of a terminal that serves somebody else; None where the protocol has no
            word for it.
        keeps_link: There is one connection all the time, so that its end is noticed by itself.
        lacks: What this protocol cannot do, of the capabilities that the tests ask for.
    """

    name: str
    make: Callable[..., Any]
    lost: tuple[str, ...]
    busy: str | None
    keeps_link: bool = False
    lacks: frozenset[Capability] = frozenset()

    def __str__(self) -> str:
        return self.name


ZVT_LOST = ("drop_before_ack", "drop_after_ack", "drop_before_status_information")

PROTOCOLS = (
    Protocol("zvt", ZvtTerminal, ZVT_LOST, "busy_9c", keeps_link=True),
    Protocol(
        "zvt-serial", partial(ZvtTerminal, line="serial"), ZVT_LOST, "busy_9c", keeps_link=True
    ),
    Protocol(
        "nexo",
        NexoTerminal,
        ("drop_before_processing", "drop_after_processing", "drop_mid_answer"),
        "busy",
    ),
    Protocol(
        "opi",
        OpiTerminal,
        ("drop_before_request", "drop_after_request", "drop_before_response", "drop_mid_response"),
        "busy",
    ),
    Protocol(
        "caisse_ap",
        CaisseApTerminal,
        ("drop_before_request", "drop_after_request", "drop_before_answer", "drop_mid_answer"),
        None,
        lacks=frozenset(
            {
                Capability.REVERSAL,
                Capability.ABORT,
                Capability.TRANSACTION_STATUS,
                Capability.RECONCILIATION,
            }
        ),
    ),
)


def having(capability: Capability) -> list[Protocol]:
    """The protocols whose terminals can do this."""
    return [protocol for protocol in PROTOCOLS if capability not in protocol.lacks]


async def open_configured(simulator: Any, **changes: object) -> PaymentTerminal:
    """Open the driver that the simulator's own TOML names."""
    (table,) = tomllib.loads(simulator.toml())["payment_terminal"]
    driver = importlib.import_module(f"drivers.payment_terminal.{table.pop('driver')}")
    name = table.pop("name")
    settings = msgspec.convert(table | changes, driver.Settings)
    terminal: PaymentTerminal = await driver.open_device(name, settings, {})
    return terminal
