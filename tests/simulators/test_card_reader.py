import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import WireError
from drivers.wire.card import emv, sun
from drivers.wire.card.apdu import converse, select_by_name
from drivers.wire.card.ndef import decode_message
from drivers.wire.card.reading import GET_UID, Card, PaymentCard, read_card
from drivers.wire.card.template import Template
from simulators.card_reader import NfcReader
from simulators.card_reader.field import Field
from simulators.cards import deck
from simulators.cards.chips import PaymentChip
from simulators.cards.deck import VirtualCard, new_deck
from simulators.control import UnknownNameError
from simulators.pcsc_card_reader import as_reader


def read(card: VirtualCard) -> Card | PaymentCard:
    if card.chip is not None:
        card.chip.reset()
    return converse(read_card(card.atr), lambda command: as_reader(card, command))


def test_each_tap_proves_another_count_and_a_copy_repeats_the_last() -> None:
    card = new_deck()["sun_member"]
    assert card.message is not None
    taps = []
    for _ in range(3):
        found = read(card)
        assert isinstance(found, Card)
        filled = Template(deck.SUN_ADDRESS).match(found.records[0].text or "")
        assert filled is not None
        tap = sun.open_picc_data(deck.META_KEY, filled.hexadecimal("picc_data"))
        assert sun.proves(deck.FILE_KEY, tap, b"", filled.hexadecimal("mac"))
        taps.append(tap.counter)
    assert taps == [1, 2, 3]
    card.message.copied = True
    assert read(card) == read(card)


def test_bank_card_counts_whoever_asks_on() -> None:
    card = new_deck()["bank_card"]
    chip = card.made_of
    assert isinstance(chip, PaymentChip)
    assert read(card) == PaymentCard(deck.VISA)
    assert chip.asked_on == 0
    as_reader(card, GET_UID.encode())
    as_reader(card, select_by_name(deck.VISA).encode())
    assert chip.asked_on == 2
    assert as_reader(card, select_by_name(emv.PPSE).encode())[-2:] == b"\x90\0"


@pytest.mark.parametrize("name", new_deck())
def test_every_card_of_the_deck_is_read(name: str) -> None:
    found = read(new_deck()[name])
    assert isinstance(found, PaymentCard) == name.startswith("bank")


@pytest.mark.parametrize(
    ("action", "arguments", "error"),
    [
        ("lick", {}, UnknownNameError),
        ("tap", {"card": "gold"}, UnknownNameError),
        ("tap", {}, ValueError),
        ("tap", {"card": "member", "twice": True}, ValueError),
        ("remove", {"card": "member"}, ValueError),
    ],
)
async def test_odd_wish_is_refused_with_what_there_is(
    action: str, arguments: dict[str, object], error: type[Exception]
) -> None:
    async with NfcReader() as reader:
        with pytest.raises(error):
            await reader.hand(action, **arguments)


async def test_state_tells_what_a_person_sees() -> None:
    async with NfcReader() as reader:
        await reader.hand("tap", card="member")
        assert reader.state() == {"card": "member", "taps": 1, "payment_card_asked_on": 0}
        await reader.hand("remove")
        assert reader.state()["card"] is None


@given(
    st.sampled_from(sorted(new_deck())),
    st.sampled_from([deck.TYPE_A, deck.TYPE_B, deck.FELICA]),
    st.binary(max_size=24),
)
def test_no_frame_makes_a_card_stumble(name: str, technology: str, frame: bytes) -> None:
    Field(new_deck()[name]).answer(technology, frame)


@given(st.sampled_from(sorted(new_deck())), st.binary(max_size=24))
def test_no_command_makes_a_card_stumble(name: str, command: bytes) -> None:
    answer = as_reader(new_deck()[name], command)
    assert len(answer) >= 2
    with contextlib.suppress(WireError):
        decode_message(answer)
