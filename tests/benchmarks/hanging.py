"""What a printer's jobs take while two others stop answering in mid-job: one on TCP, one on USB.

And what they take while another one prints a logo of 576 x 400 dots, which is 29 KB.

The limit is the same printer before that, in the same run. Its USB twin is measured too, because
libraries that block are kept from each other by lanes alone.
"""

import base64
import io
import json
import time
from collections.abc import Sequence

from PIL import Image

from simulators.pos_printer import Model, PosPrinter, UsbLink
from simulators.pos_printer.link import MakeLink
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Figure, distribution
from tests.benchmarks.register import Register, connected, wait_until_online
from tests.benchmarks.service import EDGE_DAEMON, running
from tests.stories.counter import Counter, ulid

SHORT = [{"type": "text", "text": "Pindakaas              € 6,98"}, {"type": "cut"}]
LONG = [{"type": "text", "text": "a line of a long list\n" * 1000}, {"type": "cut"}]
WARM_UP = 10
WIDTH, HEIGHT = 576, 400
BESIDE = 200
"""Jobs at most while the logo prints: it takes 17 s."""
LIMIT = "the same before any printer hangs"


async def measure(effort: Effort) -> list[Figure]:
    """Print on two printers before and while two others hang."""
    async with (
        _printer("hung") as hung,
        _printer("hung-usb", UsbLink) as hung_usb,
        _printer("other") as other,
        _printer("other-usb", UsbLink) as other_usb,
        Counter(
            relay="\n".join(each.toml() for each in (hung, hung_usb, other, other_usb))
        ) as shop,
        running(EDGE_DAEMON, "run", "--config", str(shop.configuration())) as edge,
        connected(edge.port) as register,
    ):
        await wait_until_online(edge.port)
        names = (other.name, other_usb.name)
        for name in names:
            await _prints(register, name, WARM_UP)
        before = [await _prints(register, name, effort.prints) for name in names]
        hanging = [await _hang(register, each) for each in (hung, hung_usb)]
        during = [await _prints(register, name, effort.prints) for name in names]
        await _still_hang(register, hanging)
        async with connected(edge.port) as till:
            printing = await _logo(till, shop.printer)
            beside_a_logo = await _prints(register, other.name, min(effort.prints, BESIDE))
            await _still_hang(register, [printing])
    return [
        *distribution(
            f"print by TCP beside a logo {WIDTH} dots wide", beside_a_logo, before[0], LIMIT
        ),
        *(
            figure
            for name, ours, limit in zip(("TCP", "USB"), during, before, strict=True)
            for figure in distribution(f"print by {name} while others hang", ours, limit, LIMIT)
        ),
    ]


async def _logo(register: Register, printer: PosPrinter) -> str:
    """Let a printer of the slower kind begin a logo as wide as its paper; the job's id."""
    printer.faults.switch("slow", on=True)
    drawing = io.BytesIO()
    Image.linear_gradient("L").resize((WIDTH, HEIGHT)).save(drawing, "PNG")
    image = base64.b64encode(drawing.getvalue()).decode()
    job = ulid()
    await _print(register, job, printer.name, [{"type": "picture", "image": image}], wait=0)
    await printer.wait_for(lambda each: each.hanging.lines)
    return job


def _printer(name: str, link: MakeLink | None = None) -> PosPrinter:
    return PosPrinter(name, model=Model(drawer_pin=None), link=link)


async def _prints(register: Register, printer: str, count: int) -> list[float]:
    """Milliseconds from a request to its paper, `count` times."""
    took = []
    for _ in range(count):
        began = time.perf_counter_ns()
        answer = await _print(register, ulid(), printer, SHORT, wait=30)
        took.append((time.perf_counter_ns() - began) / 1e6)
        if answer["state"] != "printed":
            raise RuntimeError(f"The printer did not print: {answer}")
    return took


async def _hang(register: Register, printer: PosPrinter) -> str:
    """Let a printer take a part of a job and then nothing more; the job's id."""
    printer.faults.switch("buffer_full", on=True)
    job = ulid()
    await _print(register, job, printer.name, LONG, wait=0)
    await printer.wait_for(lambda each: each.buffered > 0)
    return job


async def _print(
    register: Register, job: str, printer: str, document: Sequence[object], *, wait: int
) -> dict[str, str]:
    body = json.dumps({"printer": printer, "document": document}).encode()
    answer: dict[str, str] = await register.ask("PUT", f"/v1/print-jobs/{job}?wait={wait}", body)
    return answer


async def _still_hang(register: Register, jobs: Sequence[str]) -> None:
    for job in jobs:
        state = (await register.ask("GET", f"/v1/print-jobs/{job}"))["state"]
        if state != "printing":
            raise RuntimeError(f"A printer that should hang has ended its job as {state}.")
