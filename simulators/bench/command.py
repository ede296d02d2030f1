"""`pos-simulators bench`: the whole virtual counter on one page."""

import argparse
import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from edge_daemon.client import ClientError
from simulators.bench.opening import Place
from simulators.broker import BrokerNotStartedError
from simulators.control import UnknownNameError
from simulators.registry import families, started_by_default
from simulators.shop.configuration import LANGUAGES
from simulators.shop.devices import other_kinds
from simulators.shop.opening import Options, ShopError, opened
from simulators.shop.programs import ProgramError

PORT = 8422
"""Beside the simulators' remote control."""
FAILED = 1

DESCRIPTION = """\
The whole counter on one page: a shelf of products to scan, a printer out of which the paper comes,
a drawer, a terminal to tap, the journal and the office's acknowledgements, a fault switch at each
device, and a mains plug and a network cable to pull. Broker, office and daemon are real ones.
"""


def main(arguments: Sequence[str]) -> int:
    """Run the bench until Ctrl-C."""
    chosen = _parser().parse_args(arguments)
    problems: list[str] = []
    try:
        with _directory(chosen.keep) as directory, Place(chosen.port) as place:
            options = Options(
                directory,
                chosen.keep is not None,
                chosen.lang,
                chosen.broker,
                more=(*other_kinds(), *chosen.simulators),
                origins=place.origins,
            )
            asyncio.run(_run(options, place))
    except* (
        BrokerNotStartedError,
        ProgramError,
        ClientError,
        ShopError,
        UnknownNameError,
        OSError,
    ) as errors:
        problems += [str(error) for error in errors.exceptions]
    for problem in problems:
        _say(problem)
    return FAILED if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pos-simulators bench", description=DESCRIPTION)
    parser.add_argument(
        "simulators",
        nargs="*",
        metavar="SIMULATOR",
        help="more devices beside one of each kind: " + ", ".join(sorted(by_name())),
    )
    parser.add_argument(
        "--port", type=int, default=PORT, metavar="N", help=f"{PORT} if absent; 0 chooses one"
    )
    parser.add_argument("--lang", choices=LANGUAGES, default="nl", help="of the receipts")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep journal, office, books and paper in DIR"
    )
    parser.add_argument("--broker", choices=("mosquitto", "amqtt"), help="the best there is")
    return parser


def by_name() -> set[str]:
    """The simulators that stand on the bench only when they are asked for."""
    return {each.replace("_", "-") for each in set(families()) - set(started_by_default())}


@contextlib.contextmanager
def _directory(kept: Path | None) -> Iterator[Path]:
    """The directory for all files: a temporary one, gone afterwards, unless it is to be kept."""
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="pos-bench-") as temporary:
            yield Path(temporary)
    else:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.absolute()


async def _run(options: Options, place: Place) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with opened(options, _say) as shop, place.open(shop) as address:
        await shop.wait_for_devices()
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        _say("Open this address in a browser. Ctrl-C ends everything.")
        await _until(stopped, shop.fail())


async def _until(stopped: asyncio.Event, failing: Coroutine[Any, Any, NoReturn]) -> None:
    """Wait for the person's Ctrl-C, or raise what went wrong."""
    stopping = asyncio.ensure_future(stopped.wait())
    watching = asyncio.create_task(failing)
    await asyncio.wait({stopping, watching}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not watching.done():
        watching.cancel()
        return
    watching.result()


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr)  # noqa: T201 - a command's words
