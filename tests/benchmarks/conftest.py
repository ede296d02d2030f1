"""What really costs too much does so each time; what the machine's other work cost does not."""

import contextlib
from collections.abc import Generator

import pytest

TRIES = 3


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    try:
        yield
    except AssertionError:
        for _ in range(TRIES - 2):
            with contextlib.suppress(AssertionError):
                item.runtest()
                return
        item.runtest()
