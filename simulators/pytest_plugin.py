"""The pytest plug-in: `pytest --pos-counter` brings a whole counter to anybody's test suite.

    def test_a_receipt_comes_out(counter, my_till):
        counter.scan("8710400145981")
        my_till.pay_by_card()
        counter.tap()
        assert "8710400145981" in counter.wait_for_receipt().text

Without the option, or `pos_counter = true` in the configuration, it adds nothing and imports
nothing.
"""

import importlib

import pytest

_FIXTURES = "simulators.testing.fixtures"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option and the settings."""
    group = parser.getgroup("pos-counter", "a simulated shop counter")
    group.addoption(
        "--pos-counter",
        action="store_true",
        help="bring the fixture `counter`: simulated devices, and the edge daemon over them",
    )
    parser.addini("pos_counter", "as --pos-counter, for every run", type="bool", default=False)
    parser.addini(
        "pos_counter_toml", "a file with tables to add to the daemon's configuration", default=""
    )
    parser.addini("pos_counter_language", "of the receipts: nl or en", default="en")


def pytest_configure(config: pytest.Config) -> None:
    """Bring the fixtures, where they are wanted."""
    if config.getoption("pos_counter") or config.getini("pos_counter"):
        config.pluginmanager.register(importlib.import_module(_FIXTURES), _FIXTURES)
