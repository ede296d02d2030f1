"""The simulated scale's hand and address."""

import tomllib
from pathlib import Path

import pytest

from simulators.control import UnknownNameError
from simulators.scale import Scale


def is_plugged_in(path: Path) -> bool:
    return path.is_symlink() and path.readlink().is_char_device()


async def test_address_is_a_symlink_that_comes_and_goes_with_the_cable(tmp_path: Path) -> None:
    async with Scale("till", tmp_path) as scale:
        (table,) = tomllib.loads(scale.toml())["scale"]
        path = Path(table["url"])
        assert is_plugged_in(path)
        await scale.hand("unplug")
        assert not is_plugged_in(path)
        await scale.hand("plug_in")
        assert is_plugged_in(path)
    assert not is_plugged_in(path)


async def test_state_is_what_a_person_sees() -> None:
    async with Scale() as scale:
        await scale.hand("put", grams=482)
        assert scale.state() == {"plugged_in": True, "grams": 482, "shows": "0.480 kg"}
        await scale.hand("put", grams=20_000)
        assert scale.state()["shows"] == "-----"


@pytest.mark.parametrize(
    ("action", "arguments"),
    [("put", {}), ("put", {"grams": "480"}), ("put", {"grams": True}), ("jolt", {"grams": 5})],
)
async def test_wrong_arguments_are_told(action: str, arguments: dict[str, object]) -> None:
    async with Scale() as scale:
        with pytest.raises(ValueError, match=r"grams|no arguments"):
            await scale.hand(action, **arguments)


async def test_unknown_action_lists_what_exists() -> None:
    async with Scale() as scale:
        with pytest.raises(UnknownNameError, match=r"Did you mean take_off\?"):
            await scale.hand("takeoff")
