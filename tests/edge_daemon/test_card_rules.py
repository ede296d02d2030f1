import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card_reader import CardPresented, NdefRecord
from drivers.wire import WireError
from drivers.wire.card.template import HOLES, Template
from edge_daemon.config import load_configuration
from edge_daemon.config.card_rules import CardRule
from edge_daemon.errors import ConfigError
from edge_daemon.readers.counters import TapCounters
from edge_daemon.readers.rules import Refusal, Rules
from edge_daemon.state import StateStore
from tests.drivers.test_wire_card import LRP, LRP_WITH_FILE, META, WITH_FILE

EXAMPLE = pathlib.Path(__file__).parents[2] / "systemd" / "edge-daemon.toml"
ZERO = "0" * 32
ADDRESS = "https://x.nl/?"
RULE = '[[card_rule]]\nname = "r"\nmeaning = "customer"\n'


def card(text: str | None = None, **changes: Any) -> CardPresented:
    records = () if text is None else (NdefRecord("uri", text),)
    return CardPresented(**{"technology": "iso_dep", "uid": "04A1B2", "ndef": records} | changes)


def rule(**changes: Any) -> CardRule:
    return CardRule(**{"name": "r", "meaning": "customer"} | changes)


def sun_rule(ndef: str, **changes: Any) -> CardRule:
    return rule(ndef=ndef, file_key=ZERO, **changes)


# --- templates ---


def test_template_reads_what_stands_in_its_holes() -> None:
    filled = Template("https://x.nl/m/{number}?v=1.0").match("https://x.nl/m/10-42?v=1.0")
    assert filled is not None
    assert filled.number() == "10-42"


@pytest.mark.parametrize(
    "text",
    ["https://x.nl/m/", "https://x.nl/m/1/2", "https://x-nl/m/1", "x" * 2000, "http://x.nl/m/1"],
)
def test_template_reads_nothing_else(text: str) -> None:
    assert Template("https://x.nl/m/{number}").match(text) is None


@pytest.mark.parametrize("text", ["{nothing}", "{mac}{mac}", "{mac}{covered}", "{covered}", "{}"])
def test_odd_template_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        Template(text)


@given(
    st.lists(st.sampled_from([f"{{{hole}}}" for hole in HOLES]) | st.text(max_size=5)), st.text()
)
def test_templates_raise_nothing_but_wire_errors(pieces: list[str], text: str) -> None:
    with contextlib.suppress(WireError):
        Template("".join(pieces)).match(text)


# --- rules ---


def test_first_rule_that_fits_in_everything_says_whose_a_card_is() -> None:
    rules = Rules(
        [
            rule(name="other-reader", readers=("b",)),
            rule(name="other-kind", technology="type_2"),
            rule(name="other-uid", uid="05"),
            rule(name="other-words", ndef="GC-{number}"),
            rule(name="mine", uid="04a1", meaning="gift_card"),
            rule(name="later"),
        ]
    )
    read = rules.read("a", card("https://x.nl"))
    assert read is not None
    assert (read.rule.name, read.key, read.tap, read.refusal) == ("mine", "04A1B2", None, None)


def test_card_without_number_is_none_of_ours() -> None:
    read = Rules([rule(atr="3B67")]).read("a", card(uid=None, atr="3B670000"))
    assert read is not None
    assert read.refusal is Refusal.NAMELESS
    assert Rules([rule(uid="05")]).read("a", card()) is None


@pytest.mark.parametrize("vector", [META, LRP])
def test_published_proof_is_believed(vector: dict[str, Any]) -> None:
    rules = Rules([sun_rule(ADDRESS + "p={picc_data}&c={mac}", meta_key=ZERO)])
    read = rules.read("a", card(f"{ADDRESS}p={vector['picc_data']}&c={vector['mac']}"))
    assert read is not None
    assert read.refusal is None
    assert read.tap is not None
    assert (read.key, read.tap.counter) == (vector["uid"], vector["counter"])


@pytest.mark.parametrize("vector", [WITH_FILE, LRP_WITH_FILE])
def test_published_file_data_are_read_behind_their_proof(vector: dict[str, Any]) -> None:
    template = ADDRESS + "p={picc_data}&enc={covered}{file_data}&cmac={mac}"
    said = f"{ADDRESS}p={vector['picc_data']}&enc={vector['file_data']}&cmac={{}}"
    rules = Rules([sun_rule(template, meta_key=ZERO)])
    read = rules.read("a", card(said.format(vector["mac"])))
    assert read is not None
    assert (read.key, read.refusal) == (vector["file"], None)
    forged = rules.read("a", card(said.format("0" * 16)))
    assert forged is not None
    assert (forged.key, forged.refusal) == (None, Refusal.FORGED)


@pytest.mark.parametrize("vector", [META, LRP])
def test_uid_and_counter_in_the_clear_are_proven_too(vector: dict[str, Any]) -> None:
    rules = Rules([sun_rule(ADDRESS + "u={uid}&n={counter}&c={mac}")])
    said = f"{ADDRESS}u={vector['uid']}&n={{:06X}}&c={vector['mac']}"
    read = rules.read("a", card(said.format(vector["counter"])))
    assert read is not None
    assert (read.key, read.refusal) == (vector["uid"], None)
    forged = rules.read("a", card(said.format(vector["counter"] + 1)))
    assert forged is not None
    assert forged.refusal is Refusal.FORGED


def test_picc_data_of_another_key_are_refused() -> None:
    rules = Rules([sun_rule(ADDRESS + "p={picc_data}&c={mac}", meta_key="1" * 32)])
    read = rules.read("a", card(f"{ADDRESS}p={META['picc_data']}&c={META['mac']}"))
    assert read is not None
    assert read.refusal is Refusal.FORGED


def test_keys_are_shown_nowhere() -> None:
    key = "5A1B0C3E77D24F6E8A9B0C1D2E3F4051"
    shown = repr(rule(ndef="{uid}{counter}{mac}", file_key=key))
    assert key not in shown


# --- taps ---


@pytest.fixture
async def state(tmp_path: pathlib.Path) -> AsyncIterator[StateStore]:
    state = await StateStore.open(tmp_path / "state.db")
    yield state
    await state.close()


def everything_in(directory: pathlib.Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.glob("state.db*"))


async def test_tap_is_taken_once_and_never_backwards(state: StateStore) -> None:
    counters = TapCounters(state)
    taps = [(b"a", 5), (b"a", 5), (b"a", 4), (b"b", 1), (b"a", 9), (b"a", 6)]
    assert [await counters.take(*tap) for tap in taps] == [True, False, False, True, True, False]


async def test_two_readers_take_one_tap_once(state: StateStore) -> None:
    one, other = TapCounters(state), TapCounters(state)
    taken = await asyncio.gather(*[each.take(b"a", 7) for each in (one, other) * 5])
    assert sum(taken) == 1


async def test_uid_itself_is_not_kept(state: StateStore, tmp_path: pathlib.Path) -> None:
    uid = bytes.fromhex("04DE5F1EACC040")
    assert await TapCounters(state).take(uid, 1)
    kept = everything_in(tmp_path)
    assert uid not in kept
    assert uid.hex().encode() not in kept.lower()


# --- the configuration ---


@pytest.mark.parametrize(
    ("more", "mistake"),
    [
        ('meaning = "member"', "card_rule.r.meaning: expected"),
        ('readers = ["nobody"]', 'card_rule.r.readers: there is no card_reader "nobody".'),
        ('ndef = "https://{numer}"', "card_rule.r: ndef: There is no {numer}."),
        ('ndef = "{picc_data}"', "{picc_data} in ndef and meta_key need each other."),
        (f'ndef = "{{mac}}"\nfile_key = "{ZERO}"', "{mac} in ndef needs {picc_data}, or"),
        ('ndef = "{file_data}"', "{file_data} in ndef needs {mac}."),
        ('file_key = "12"', "card_rule.r.file_key: expected a key of 128 bits"),
        (
            f'file_key = "{ZERO}"\nfile_key_credential = "k"\nndef = "{{uid}}{{counter}}{{mac}}"',
            "card_rule.r: expected file_key or file_key_credential, and not both.",
        ),
        ('uid = "4"', "card_rule.r.uid: expected hexadecimal digits"),
        (RULE, 'card rules are called "r"'),
    ],
)
def test_mistake_in_a_rule_says_where_it_is(
    tmp_path: pathlib.Path, more: str, mistake: str
) -> None:
    path = tmp_path / "edge.toml"
    text = RULE.replace('meaning = "customer"\n', "") if more.startswith("meaning") else RULE
    path.write_text(EXAMPLE.read_text("utf-8") + text + more, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_configuration(path)
    assert any(mistake in line for line in caught.value.mistakes), caught.value.mistakes


def test_key_comes_from_its_credential(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "card-key").write_text("00112233445566778899AABBCCDDEEFF\n")
    one = rule(ndef="{uid}{counter}{mac}", file_key_credential="card-key")
    assert one.read_key("file_key") == bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    (tmp_path / "card-key").write_text("secret\n")
    with pytest.raises(ConfigError, match="is no key"):
        one.read_key("file_key")
