import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from smartcard import scard  # type: ignore[import-untyped]  # pyscard 2.3 has no types

from drivers.card_reader import CardPresented, CardReader, CardRemoved
from drivers.errors import OfflineError, Outcome
from drivers.transport import LinkLostError
from drivers.transport.pcsc import (
    ADDRESS,
    NOT_ALLOWED,
    SYSTEM_ADDRESS,
    CardLostError,
    ReaderState,
    _check,
    reader_names,
)
from simulators.pcsc_card_reader import PcscCardReader
from simulators.pcsc_card_reader.service import READER
from tests.card_readers import open_configured, pcsc_reader
from tests.long.reader_plugging import plug

PRESENT = scard.SCARD_STATE_PRESENT
MUTE = PRESENT | scard.SCARD_STATE_MUTE
EMPTY = scard.SCARD_STATE_EMPTY


@pytest.fixture
async def simulator() -> AsyncIterator[PcscCardReader]:
    async with pcsc_reader() as simulator:
        yield simulator


@pytest.fixture
async def reader(simulator: PcscCardReader) -> AsyncIterator[CardReader]:
    reader = await open_configured(simulator)
    yield reader
    await reader.close()


async def test_reader_goes_and_comes_and_nothing_is_lost_or_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    times = 4
    figures = await plug(times, tmp_path)
    assert (figures.told, figures.removed, figures.stray) == (times, times, 0)
    assert figures.threads_after <= figures.threads_before
    assert figures.descriptors_after <= figures.descriptors_before
    assert not caplog.records


async def test_card_on_a_reader_that_goes_is_told_as_gone(
    simulator: PcscCardReader, reader: CardReader
) -> None:
    events = reader.events()
    await simulator.hand("tap", card="member")
    assert isinstance(await anext(events), CardPresented)
    await simulator.hand("kill_service")
    assert await anext(events) == CardRemoved()
    with pytest.raises(OfflineError, match="pcscd"):
        await anext(events)
    with pytest.raises(OfflineError):
        await reader.check_health()


async def test_pcscd_that_does_not_run_is_told_with_what_to_do(simulator: PcscCardReader) -> None:
    await simulator.hand("kill_service")
    with pytest.raises(OfflineError, match=r"systemctl enable --now pcscd\.socket") as caught:
        await open_configured(simulator)
    assert caught.value.outcome is Outcome.NOT_DONE


async def test_unplugged_reader_is_told(simulator: PcscCardReader) -> None:
    await simulator.hand("unplug")
    with pytest.raises(OfflineError, match="No card reader is connected"):
        await open_configured(simulator)
    assert reader_names(simulator.address) == []


async def test_reader_is_found_by_a_part_of_its_name_and_the_others_are_named(
    simulator: PcscCardReader,
) -> None:
    found = await open_configured(simulator, reader="card reader 00 00")
    await found.close()
    with pytest.raises(OfflineError, match=f'There are: "{READER}"'):
        await open_configured(simulator, reader="ACR1252")
    with pytest.raises(OfflineError, match="Several card readers fit"):
        await open_configured(simulator, reader=None)


async def test_one_daemon_speaks_to_one_pcscd(simulator: PcscCardReader) -> None:
    with pytest.raises(OfflineError, match="the same `socket`"):
        await open_configured(simulator, socket="/run/another.comm")


def test_pcscd_that_was_asked_first_is_kept_also_where_nobody_named_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(LinkLostError):
        reader_names()  # the library keeps the tests' pcscd
    monkeypatch.delenv(ADDRESS)
    with pytest.raises(LinkLostError):
        reader_names()
    with pytest.raises(LinkLostError, match=f"the pcscd at {SYSTEM_ADDRESS}"):
        reader_names("/run/another.comm")


OWNER = """
import asyncio, pathlib, sys
from simulators.pcsc_card_reader import PcscCardReader

async def own():
    async with PcscCardReader("cards", pathlib.Path(sys.argv[1])) as reader:
        print(reader._service._process.pid, flush=True)
        await asyncio.Event().wait()

asyncio.run(own())
"""


async def test_pcscd_does_not_outlive_its_killed_owner(tmp_path: Path) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    watched = os.pidfd_open(int(await owner.stdout.readline()))
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(watched, ended.set)
    os.kill(owner.pid, signal.SIGKILL)
    await owner.wait()
    async with asyncio.timeout(20):
        await ended.wait()
    asyncio.get_running_loop().remove_reader(watched)
    os.close(watched)


def test_refusal_of_polkit_is_told_with_its_cure() -> None:
    with pytest.raises(LinkLostError) as caught:
        _check(scard.SCARD_W_SECURITY_VIOLATION)
    assert str(caught.value) == NOT_ALLOWED
    assert "50-pos-edge-pcscd.rules" in NOT_ALLOWED


@pytest.mark.parametrize(
    ("result", "card_alone"),
    [
        (scard.SCARD_E_NO_SERVICE, False),
        (scard.SCARD_E_READER_UNAVAILABLE, False),
        (scard.SCARD_E_UNKNOWN_READER, False),
        (scard.SCARD_F_COMM_ERROR, False),
        (scard.SCARD_W_REMOVED_CARD, True),
        (scard.SCARD_W_UNRESPONSIVE_CARD, True),
        (scard.SCARD_E_NOT_TRANSACTED, True),
        (scard.SCARD_E_SHARING_VIOLATION, True),
    ],
)
def test_result_says_whether_the_card_or_the_reader_is_gone(
    result: int, *, card_alone: bool
) -> None:
    with pytest.raises(LinkLostError) as caught:
        _check(result)
    assert isinstance(caught.value, CardLostError) == card_alone


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        (EMPTY, EMPTY, True),
        (EMPTY, PRESENT, False),
        (PRESENT, PRESENT | scard.SCARD_STATE_INUSE, True),
        (PRESENT | 1 << 16, PRESENT | 3 << 16, False),
        (MUTE, PRESENT, False),
        (MUTE, MUTE, True),
        (PRESENT, EMPTY, False),
    ],
)
def test_another_card_is_known_by_the_count_of_comings_and_goings(
    before: int, now: int, *, same: bool
) -> None:
    assert ReaderState(now).same_card(ReaderState(before)) == same
