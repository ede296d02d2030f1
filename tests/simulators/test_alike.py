"""Every registered simulator has the same parts, so that one that is added is there everywhere."""

import json
import pathlib
import tomllib

import pytest

from simulators.control import UnknownNameError
from simulators.registry import MissingPackageError, create, families


@pytest.mark.parametrize("family", families())
async def test_a_simulator_starts_and_is_controlled_like_all_others(
    family: str, tmp_path: pathlib.Path
) -> None:
    try:
        simulator = create(family, tmp_path)
        await simulator.__aenter__()
    except (MissingPackageError, OSError) as error:
        pytest.skip(f"{family} cannot be started here: {error}")
    try:
        tables = tomllib.loads(simulator.toml())
        named = [each["name"] for table in tables.values() for each in table]
        assert simulator.name in named
        assert simulator.family in tables
        assert json.loads(json.dumps(simulator.state())) == simulator.state()
        for texts in (simulator.actions, simulator.faults.descriptions):
            assert texts
            assert all(name.isidentifier() and text.endswith(".") for name, text in texts.items())
        for fault in simulator.faults.descriptions:
            simulator.faults.switch(fault, on=True)
            assert simulator.faults.state()[fault]
            simulator.faults.switch(fault, on=False)
        with pytest.raises(UnknownNameError, match="Known: "):
            await simulator.hand("sing")
        with pytest.raises(UnknownNameError, match="Known: "):
            simulator.faults.switch("sing", on=True)
        with pytest.raises((ValueError, UnknownNameError)):
            await simulator.hand(next(iter(simulator.actions)), nonsense=True)
    finally:
        await simulator.__aexit__(None, None, None)
