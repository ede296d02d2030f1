import asyncio
import os
from collections.abc import Callable, Mapping

import hypothesis
import pytest

from drivers.transport.pcsc import ADDRESS
from simulators.pcsc_card_reader.service import address_in
from tests.card_readers import pcsc_directory
from tests.shifting_loop import ShiftingLoop

# On a busy machine an example may take any time: only its result counts.
hypothesis.settings.register_profile(
    "busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy")


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"shifting": ShiftingLoop}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--redraw-receipts",
        action="store_true",
        help="Write the pictures of receipts in tests/vectors/receipts anew. Look at them.",
    )
    parser.addoption(
        "--hardware",
        metavar="FILE",
        help="Run the contract suites against the devices of this file; see contracts/hardware.py.",
    )


def pytest_configure(config: pytest.Config) -> None:
    # Whatever asks for readers first, this process's library is to keep the tests' pcscd.
    if config.getoption("--hardware") is None:
        os.environ[ADDRESS] = str(address_in(pcsc_directory()))
