"""The back office over the demo's own office, with somebody who may log in and some history.

Three more shops have sold for four weeks, so that there is something to look at; the shop on the
bench sells today, and every page moves with it.
"""

import asyncio
import contextlib
import datetime as dt
import json
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from simulators.shop.configuration import ORGANIZATION, STORE
from simulators.shop.opening import Shop
from simulators.shop.programs import Program, ProgramError, ask

NAME = "anna"
HISTORY_DAYS, HISTORY_SHOPS, HISTORY_RECEIPTS = 28, 3, 40
_HISTORY_STORES = tuple(f"store-{number:03d}" for number in range(1, HISTORY_SHOPS + 1))
_SETTINGS = """\
# Written at each start of the demo.

[http]
port = 0

[[store]]
id = "{store}"
name = "De Hoekwinkel"

[[store]]
id = "store-001"
name = "Markt"

[[store]]
id = "store-002"
name = "Stationsplein"

[[store]]
id = "store-003"
name = "Dorpsstraat"
"""


@dataclass(frozen=True)
class BackOffice:
    """Where it is, and how to get in."""

    url: str
    password: str

    def __str__(self) -> str:
        """One line for the screen."""
        return f"The back office of its chain: {self.url}  (name {NAME}, password {self.password})"


@contextlib.asynccontextmanager
async def opened(shop: Shop) -> AsyncIterator[BackOffice]:
    """Serve the back office, and bring the history in meanwhile.

    Raises:
        ProgramError: It does not start.
    """
    directory = shop.options.directory
    settings = directory / "back-office.toml"
    settings.write_text(_SETTINGS.format(store=STORE))
    database = f"--database={shop.options.office_database}"
    password = secrets.token_hex(6)
    what = "users", "add", NAME, "--role=owner", f"--organization={ORGANIZATION}", database
    await ask("central-office", *what, told=f"{password}\n".encode())
    async with Program("central-office", "serve", f"--config={settings}", database) as program:
        said = await program.wait_for_line(r"The back office is at (\S+)\.$")
        history = asyncio.create_task(_bring_history(shop, database))
        try:
            yield BackOffice(said[1], password)
        finally:
            history.cancel()
            with contextlib.suppress(asyncio.CancelledError, ProgramError):
                await history


async def _bring_history(shop: Shop, database: str) -> None:
    """Invent it and take it in, once; what is there already stays."""
    known = json.loads(await ask("central-office", "status", "--json", database))
    if any(stream["store"] == "store-001" for stream in known["streams"]):
        return
    entries = shop.options.directory / "history.jsonl"
    names = shop.options.directory / "history-catalogue.json"
    now = dt.datetime.fromtimestamp(time.time_ns() / 1e9, dt.UTC)
    first_day = (now - dt.timedelta(days=HISTORY_DAYS)).date()
    options = (
        f"--stores={HISTORY_SHOPS}",
        f"--days={HISTORY_DAYS}",
        f"--receipts={HISTORY_RECEIPTS}",
        f"--first-day={first_day}",
        f"--organization={ORGANIZATION}",
        f"--output={entries}",
        f"--catalogue={names}",
    )
    try:
        await ask("pos-simulators", "chain", *options)
        await ask("central-office", "load", database, str(entries))
        for store in _HISTORY_STORES:
            what = "catalogue", str(names), f"--organization={ORGANIZATION}", f"--store={store}"
            await ask("central-office", "keep", *what, database)
    finally:
        entries.unlink(missing_ok=True)
        names.unlink(missing_ok=True)
