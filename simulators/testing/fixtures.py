"""The fixtures of `pytest --pos-counter`."""

from collections.abc import Iterator

import pytest

from simulators.testing.counter import Counter, open_counter


@pytest.fixture(scope="session")
def pos_counter(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Counter]:
    """One counter for the whole session; `counter` is the same, put right before each test."""
    more = pytestconfig.getini("pos_counter_toml")
    text = (pytestconfig.rootpath / more).read_text("utf-8") if more else ""
    directory = tmp_path_factory.mktemp("pos-counter")
    language = str(pytestconfig.getini("pos_counter_language"))
    with open_counter(directory, language=language, more=text) as counter:
        yield counter


@pytest.fixture
def counter(pos_counter: Counter) -> Counter:
    """A counter with everything in order: no faults, no paper, nobody at the terminal."""
    pos_counter.put_right()
    return pos_counter
