"""From a tag held into a field to its event at a register that listens.

Both look into the field every 10 ms, so half of that is in every figure.
"""

import time

from simulators.card_reader import NfcReader
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Figure, distribution
from tests.benchmarks.register import listening, wait_until_online
from tests.benchmarks.scanning import bare_process
from tests.benchmarks.service import EDGE_DAEMON, running
from tests.stories.counter import Counter

CARD = "member"
NUMBER = b"10042"
WARM_UP = 3
SCANS_FOR_A_TAP = 5
"""A tap takes longer than a scan."""


class OftenLookedInto(NfcReader):
    """A field that the daemon looks into more often than it does at a counter."""

    def toml(self) -> str:
        return super().toml().replace("\n\n", "\ninterval = 0.01\n\n", 1)


async def measure(effort: Effort) -> list[Figure]:
    """Tap at the daemon's reader and at the bare one in turn."""
    ours: list[float] = []
    bare: list[float] = []
    reader = OftenLookedInto("cards")
    async with Counter(more=[reader]) as counter, NfcReader("other") as other:
        configuration = str(counter.configuration())
        async with running(EDGE_DAEMON, "run", "--config", configuration) as edge:
            await wait_until_online(edge.port)
            bare_reader = bare_process("bare_card_reader", other.path)
            async with listening(edge.port) as register, bare_reader as told:
                for _ in range(WARM_UP + effort.scans // SCANS_FOR_A_TAP):
                    began = time.perf_counter_ns()
                    await reader.hand("tap", card=CARD)
                    event = await register.event("card_presented")
                    ours.append((time.perf_counter_ns() - began) / 1e6)
                    if NUMBER not in event:
                        raise RuntimeError(f"Another card came: {event!r}")
                    await reader.hand("remove")
                    await register.event("card_removed")
                    began = time.perf_counter_ns()
                    await other.hand("tap", card=CARD)
                    await told.readuntil(b"\r")
                    bare.append((time.perf_counter_ns() - began) / 1e6)
                    await other.hand("remove")
                    await told.readuntil(b"\r")
    return distribution(
        "tap → event at the register",
        ours[WARM_UP:],
        bare[WARM_UP:],
        "a process that finds the tag, reads nothing and writes a socket",
    )
