"""The demo's command line."""

import argparse
import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from edge_daemon.client import ClientError
from simulators.bench.opening import Place
from simulators.broker import BrokerNotStartedError
from simulators.demo import back_office
from simulators.demo.hints import hints
from simulators.demo.news import follow
from simulators.demo.proof import Proof, observe
from simulators.demo.sales import Counter, SaleError
from simulators.demo.screen import Screen
from simulators.shop.configuration import LANGUAGES
from simulators.shop.devices import other_kinds
from simulators.shop.head_office import PINS
from simulators.shop.opening import Options, Shop, ShopError, opened
from simulators.shop.programs import ProgramError

DONE = 0
FAILED = 1
INTERRUPTED = 130
"""128 and the number of the signal, as shells count (SIGINT)."""
WATCHING_PAUSE = 1.0
"""Seconds between two acts at the counter, so that a person can follow."""

DESCRIPTION = """\
A whole shop on simulated devices: broker, devices, central office and daemon. A cash sale and a
contactless sale are made; then it is yours, until Ctrl-C. Nothing has to be configured.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo and return its exit code."""
    chosen = _parser().parse_args(arguments)
    screen = Screen()
    problems: list[str] = []
    proof = None
    try:
        with _directory(chosen.keep) as directory, _place(once=chosen.once) as place:
            options = Options(
                directory,
                chosen.keep is not None,
                chosen.lang,
                chosen.broker,
                more=other_kinds() if place else (),
                origins=place.origins if place else (),
            )
            proof = asyncio.run(_run(options, screen, place))
    except* (
        BrokerNotStartedError,
        ProgramError,
        ClientError,
        SaleError,
        ShopError,
        OSError,
    ) as errors:
        problems += map(str, _leaves(errors))
    if proof is not None:
        problems += proof.problems()
        sys.stdout.write(f"{proof.json()}\n")
    for problem in problems:
        sys.stderr.write(f"demo: {problem}\n")
    if problems:
        return FAILED
    return INTERRUPTED if chosen.once and proof is None else DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="script/demo",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--once",
        action="store_true",
        help="end after the two sales, with one line of JSON: what printer, drawer, daemon and"
        " office say they have; the exit code is 0 only if all of it is true",
    )
    parser.add_argument(
        "--lang", choices=LANGUAGES, default="nl", help="of the receipts (default: %(default)s)"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="keep journal, office, the terminal's books and the paper (text and PNG) in DIR",
    )
    parser.add_argument(
        "--broker",
        choices=("mosquitto", "amqtt"),
        help="default: Mosquitto where it is installed, otherwise amqtt, which is embedded",
    )
    return parser


@contextlib.contextmanager
def _directory(kept: Path | None) -> Iterator[Path]:
    """The directory for all files: a temporary one, gone afterwards, unless it is to be kept."""
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="pos-demo-") as temporary:
            yield Path(temporary)
    else:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.absolute()


@contextlib.contextmanager
def _place(*, once: bool) -> Iterator[Place | None]:
    """Where the bench is: none where nobody watches."""
    if once:
        yield None
    else:
        with Place() as place:
            yield place


def _leaves(group: BaseExceptionGroup[Exception]) -> Iterator[Exception]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


async def _run(options: Options, screen: Screen, place: Place | None) -> Proof | None:
    """Open the shop and use it; None when a signal ended that before its end."""
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    using = asyncio.create_task(_use(options, screen, place))
    stopping = asyncio.create_task(stopped.wait())
    await asyncio.wait({using, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if using.done():
        return using.result()
    screen.tell("demo", "Closing the shop.")
    using.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await using
    return None


async def _use(options: Options, screen: Screen, place: Place | None) -> Proof | None:
    """Open the shop and use it, as long as all its programs run."""
    async with opened(options, screen.teller("demo")) as shop, asyncio.TaskGroup() as group:
        watching = group.create_task(shop.fail())
        screen.tell("demo", "Waiting for the daemon to reach every device.")
        await shop.wait_for_devices()
        proof = await (_show(shop, screen, place) if place else _sell_and_prove(shop, screen))
        watching.cancel()
        return proof


async def _sell_and_prove(shop: Shop, screen: Screen) -> Proof:
    """Make the two sales, show their receipts, wait for the office."""
    async with Counter.staffed(shop, screen.teller("counter")) as counter:
        sales = []
        for number, sell in enumerate((counter.sell_for_cash, counter.sell_contactless), start=1):
            sales.append(await sell())
            screen.show_paper(
                await shop.devices.printer.wait_for_receipt(number), f"receipt {number}"
            )
    screen.tell("demo", "Waiting for the central office's acknowledgement.")
    proof = await observe(shop, sales)
    if shop.options.keep:
        screen.explain(f"Kept in {shop.options.directory}; the receipts in paper/*.png.")
    return proof


async def _show(shop: Shop, screen: Screen, place: Place) -> None:
    """Make the two sales for those who watch, then let them do what they like."""
    async with place.open(shop) as address:
        screen.explain(f"The whole counter, to see and to touch in a browser: {address}")
        with screen.live(f"{address}, Ctrl-C ends"):
            await _sell_and_leave_it_open(shop, screen)


async def _sell_and_leave_it_open(shop: Shop, screen: Screen) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(follow(shop, screen))
        group.create_task(_show_till(shop, screen))
        group.create_task(_show_back_office(shop, screen))
        async with Counter.staffed(shop, screen.teller("counter"), WATCHING_PAUSE) as counter:
            await counter.sell_for_cash()
            await counter.sell_contactless()
            await asyncio.sleep(WATCHING_PAUSE)
            screen.explain(hints(shop))
        await asyncio.Event().wait()


async def _show_till(shop: Shop, screen: Screen) -> None:
    """Give the till catalogue and people, and say where it is; the counter does not wait for it."""
    await shop.publish_lists()
    pins = ", ".join(f"{name} {pin}" for name, pin in PINS.items())
    address = await shop.till_address()
    screen.explain(f"The till on a tablet, for one browser (PIN of {pins}): {address}")


async def _show_back_office(shop: Shop, screen: Screen) -> None:
    """Say where it is once it is there; the counter does not wait for it."""
    async with back_office.opened(shop) as office:
        screen.explain(str(office))
        await asyncio.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
