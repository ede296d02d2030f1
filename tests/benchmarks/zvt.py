"""ZVT messages read and written per second; the limit is the standard library's JSON."""

import dataclasses
import json
import time
from collections.abc import Callable

from drivers.wire.zvt.apdu import decode_apdu
from drivers.wire.zvt.line import SerialLine
from drivers.wire.zvt.messages import StatusInformation
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Aim, Figure
from tests.drivers.zvt_vectors import apdu

RESULT = apdu("bezahl-data081649050")
"""A result of a real terminal: 222 bytes, 19 bitmaps."""
MESSAGES_PER_SCAN = 20
AIM = Aim(value=1000, better="higher")
"""Messages per second: a payment has about fifty, and a counter one payment at a time."""


async def measure(effort: Effort) -> list[Figure]:
    """Read and write one result, and carry it over a serial line, again and again."""
    times = effort.scans * MESSAGES_PER_SCAN
    information = StatusInformation.parse(decode_apdu(RESULT))
    fields = dataclasses.asdict(dataclasses.replace(information, tlvs=(), totals=None))
    text = json.dumps(fields)
    reading = _per_second(lambda: json.loads(text), times)
    writing = _per_second(lambda: json.dumps(fields), times)
    return [
        _figure("decode", _per_second(_decode, times), reading, "json.loads of its fields"),
        _figure(
            "encode",
            _per_second(lambda: information.apdu().encode(), times),
            writing,
            "json.dumps of them",
        ),
        _figure("serial block", _per_second(_over_the_line, times), reading, "json.loads of them"),
    ]


def _decode() -> None:
    StatusInformation.parse(decode_apdu(RESULT))


def _over_the_line() -> None:
    sender, receiver = SerialLine(), SerialLine()
    sender.send(RESULT, 0.0)
    receiver.receive_data(sender.data_to_send(), 0.0)
    sender.receive_data(receiver.data_to_send(), 0.0)
    receiver.next_event()


def _per_second(act: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        act()
    return times / (time.perf_counter() - began)


def _figure(name: str, measured: float, limit: float, limit_is: str) -> Figure:
    return Figure(
        name=f"ZVT result, {name}",
        unit="/s",
        measured=measured,
        limit=limit,
        limit_is=limit_is,
        aim=AIM,
    )
