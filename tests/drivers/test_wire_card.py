import contextlib
import functools
import json
from pathlib import Path
from typing import Any

import ndef as ndeflib  # type: ignore[import-untyped]  # it has no stubs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import WireError
from drivers.wire.card import emv, ndef, sun, type_2, type_4
from drivers.wire.card.apdu import (
    MOST_PARTS,
    Command,
    Response,
    ask,
    converse,
    decode_command,
    decode_response,
    select_by_name,
)
from drivers.wire.card.atr import Technology, iso_dep_atr, memory_card_atr, technology
from drivers.wire.card.blocks import cmac_with, encrypt_block
from drivers.wire.card.reading import Card, PaymentCard, read_card

FILE = Path(__file__).parents[1] / "vectors" / "cards.json"
VECTORS: dict[str, dict[str, Any]] = {
    vector["name"]: vector for vector in json.loads(FILE.read_text())
}
META, WITH_FILE, PPSE = VECTORS["sun-aes-meta"], VECTORS["sun-aes-file"], VECTORS["ppse"]
LRP, LRP_WITH_FILE = VECTORS["sun-lrp"], VECTORS["sun-lrp-file"]
PROOFS = [META, WITH_FILE, LRP, LRP_WITH_FILE]
TYPE_2_ATR = bytes.fromhex(VECTORS["type-2-atr"]["atr"])
ISO_DEP_ATR = bytes.fromhex(VECTORS["desfire-atr"]["atr"])
CONTACT_ATR = bytes.fromhex(VECTORS["contact-atr"]["atr"])
UID = bytes.fromhex("04A1B2C3D4E5F6")
NOT_FOUND = bytes.fromhex("6A82")


class Spoken:
    """A card that answers from a list, and remembers what it was asked."""

    def __init__(self, *answers: str) -> None:
        self._answers = iter([bytes.fromhex(answer) for answer in answers])
        self.asked: list[str] = []

    def __call__(self, command: bytes) -> bytes:
        self.asked.append(command.hex().upper())
        return next(self._answers)


def tap_of(vector: dict[str, Any]) -> sun.Tap:
    return sun.Tap(bytes.fromhex(vector["uid"]), vector["counter"], vector.get("lrp", False))


def key(vector: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(vector[name])


# --- the published values of NTAG 424 DNA ---


@pytest.mark.parametrize("vector", PROOFS)
def test_picc_data_name_tag_and_counter(vector: dict[str, Any]) -> None:
    found = sun.open_picc_data(key(vector, "meta_key"), key(vector, "picc_data"))
    assert found == tap_of(vector)


@pytest.mark.parametrize("vector", PROOFS)
def test_mac_is_the_published_one(vector: dict[str, Any]) -> None:
    found = sun.mac(key(vector, "file_key"), tap_of(vector), vector["covered"].encode())
    assert found.hex().upper() == vector["mac"]


def test_key_of_a_tap_is_the_published_one() -> None:
    assert sun.mac_key(key(META, "file_key"), tap_of(META)) == key(META, "mac_key")


@pytest.mark.parametrize("vector", [WITH_FILE, LRP_WITH_FILE])
def test_file_data_are_the_published_ones(vector: dict[str, Any]) -> None:
    found = sun.open_file_data(key(vector, "file_key"), tap_of(vector), key(vector, "file_data"))
    assert found.decode() == vector["file"]


def test_file_data_are_sealed_as_the_tag_does() -> None:
    plain = WITH_FILE["file"].encode()
    sealed = sun.seal_file_data(key(WITH_FILE, "file_key"), tap_of(WITH_FILE), plain)
    assert sealed == key(WITH_FILE, "file_data")


def test_cmac_over_any_cipher_is_that_of_the_standard() -> None:
    vector = VECTORS["cmac"]
    encrypt = functools.partial(encrypt_block, key(vector, "key"))
    for length, expected in vector["cmacs"].items():
        found = cmac_with(encrypt, key(vector, "message")[: int(length)])
        assert found.hex().upper() == expected


def test_picc_data_are_sealed_as_the_tag_does() -> None:
    sealed = sun.seal_picc_data(key(META, "meta_key"), tap_of(META), key(META, "random"))
    assert sealed == key(META, "picc_data")


@given(st.integers(0, 63))
def test_no_flipped_bit_of_the_mac_is_believed(bit: int) -> None:
    claimed = int(META["mac"], 16) ^ 1 << bit
    right = sun.proves(key(META, "file_key"), tap_of(META), b"", claimed.to_bytes(8, "big"))
    assert not right


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_sun_codec_raises_nothing_but_wire_errors(picc_data: bytes, file_data: bytes) -> None:
    with contextlib.suppress(WireError):
        sun.open_picc_data(bytes(16), picc_data)
    with contextlib.suppress(WireError):
        sun.open_file_data(bytes(16), tap_of(META), file_data)
    with contextlib.suppress(WireError):
        sun.open_file_data(bytes(16), tap_of(LRP), file_data)


# --- answers to reset ---


@pytest.mark.parametrize("name", [name for name in VECTORS if name.endswith("-atr")])
def test_answer_to_reset_says_what_card_it_is(name: str) -> None:
    assert technology(bytes.fromhex(VECTORS[name]["atr"])) == VECTORS[name]["technology"]


def test_answers_to_reset_are_made_up_as_readers_do() -> None:
    assert memory_card_atr(0x03, 0x0003) == TYPE_2_ATR
    assert iso_dep_atr(b"\x80") == ISO_DEP_ATR


@given(st.binary(max_size=33))
def test_every_answer_to_reset_is_of_some_kind(atr: bytes) -> None:
    assert isinstance(technology(atr), Technology)


# --- commands and responses ---


def test_response_in_parts_is_fetched_whole() -> None:
    card = Spoken("AABB6102", "CCDD9000")
    found = converse(ask(select_by_name(b"\x01")), card)
    assert (found.data, found.sw) == (bytes.fromhex("AABBCCDD"), 0x9000)
    assert card.asked == ["00A40400010100", "00C0000002"]


def test_wrong_length_is_asked_again_with_the_right_one() -> None:
    card = Spoken("6C05", "01020304059000")
    assert converse(ask(Command(0, 0xB0, 0, 0, le=16)), card).done
    assert card.asked[1] == "00B0000005"


def test_response_without_end_is_refused() -> None:
    with pytest.raises(WireError, match="does not end"):
        converse(ask(select_by_name(b"\x01")), Spoken(*["AA6101"] * (MOST_PARTS + 1)))


@given(
    st.builds(
        Command,
        *[st.integers(0, 255)] * 4,
        st.binary(max_size=255),
        st.none() | st.integers(1, 256),
    )
)
def test_command_survives_its_bytes(command: Command) -> None:
    assert decode_command(command.encode()) == command


@given(st.binary(max_size=300))
def test_apdu_codec_raises_nothing_but_wire_errors(data: bytes) -> None:
    with contextlib.suppress(WireError):
        assert decode_command(data).encode() == data
    with contextlib.suppress(WireError):
        assert decode_response(data).encode() == data


# --- messages ---


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (ndef.uri("https://www.example.nl/m/1"), ndeflib.UriRecord("https://www.example.nl/m/1")),
        (ndef.uri("tel:+31201234567"), ndeflib.UriRecord("tel:+31201234567")),
        (ndef.text("Lid 12", "nl"), ndeflib.TextRecord("Lid 12", "nl")),
    ],
)
def test_records_are_those_of_another_library(ours: ndef.Record, theirs: ndeflib.Record) -> None:
    encoded = b"".join(ndeflib.message_encoder([theirs]))
    assert ndef.encode_message([ours]) == encoded
    assert ndef.decode_message(encoded) == (ours,)


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (ndeflib.UriRecord("urn:epc:id:sgtin:1"), "urn:epc:id:sgtin:1"),
        (ndeflib.TextRecord("Zoë", encoding="UTF-16"), "Zoë"),
        (ndeflib.SmartposterRecord("https://example.nl", {"en": "x"}), "https://example.nl"),
        (ndeflib.Record("text/plain", data=b"hello"), "hello"),
        (ndeflib.Record("urn:nfc:ext:example.nl:m", data=b"\x01"), None),
    ],
)
def test_text_is_what_another_library_wrote(record: ndeflib.Record, text: str | None) -> None:
    (found,) = ndef.decode_message(b"".join(ndeflib.message_encoder([record])))
    assert found.text == text


def test_long_records_and_names_survive() -> None:
    records = (ndef.text("x" * 300), ndef.Record(ndef.EXTERNAL, b"example.nl:m", b"\x01", b"id"))
    encoded = ndef.encode_message(records)
    assert ndef.decode_message(encoded) == records
    assert b"".join(ndeflib.message_encoder(ndeflib.message_decoder(encoded))) == encoded


@pytest.mark.parametrize(
    "broken", ["91", "D10103", "B1010155AA", "910100", "D501", "91010055" * 33]
)
def test_broken_message_is_refused(broken: str) -> None:
    with pytest.raises(WireError):
        ndef.decode_message(bytes.fromhex(broken))


@given(st.binary(max_size=200))
def test_ndef_codec_raises_nothing_but_wire_errors(data: bytes) -> None:
    with contextlib.suppress(WireError):
        for record in ndef.decode_message(data):
            assert isinstance(record.text, str | None)
            assert record.kind


# --- Type 2 tags ---


def test_message_is_found_behind_reserved_bytes() -> None:
    memory = bytes.fromhex("0103A0100C" + "00" + "0303D00000" + "FE")
    assert type_2.find_message(memory) == (bytes.fromhex("D00000"), False)


def test_long_message_is_read_page_by_page_and_no_further() -> None:
    message = ndef.encode_message([ndef.text("x" * 400)])
    memory = bytes.fromhex("E1106D00") + type_2.with_message(message) + bytes(64)
    asked = []

    def tag(command: bytes) -> bytes:
        page = int.from_bytes(command[2:4], "big")
        asked.append(page)
        start = (page - type_2.CAPABILITY_PAGE) * type_2.PAGE
        return memory[start : start + 16].ljust(16, b"\0") + b"\x90\0"

    assert converse(type_2.read_message(), tag) == message
    assert asked == list(range(3, 3 + 4 * len(asked), 4))
    assert len(asked) == -(-(len(message) + 8) // 16)


@given(st.binary(max_size=100))
def test_type_2_codec_raises_nothing(memory: bytes) -> None:
    message, wanted = type_2.find_message(memory)
    assert not (message is not None and wanted)


# --- Type 4 tags ---


def test_type_4_tag_is_asked_as_its_specification_says() -> None:
    message = ndef.encode_message([ndef.uri("https://example.nl")])
    card = Spoken(
        "9000",
        "9000",
        type_4.capabilities(b"\xe1\x04", 256).hex() + "9000",
        "9000",
        len(message).to_bytes(2, "big").hex() + "9000",
        message.hex() + "9000",
    )
    assert converse(type_4.read_message(), card) == message
    assert card.asked[:5] == VECTORS["type-4-read"]["commands"]


def test_message_longer_than_one_response_is_read_in_parts() -> None:
    card = Spoken(
        *["9000", "9000", type_4.capabilities(b"\xe1\x04", 256, 3).hex() + "9000", "9000"],
        *["00059000", "0102039000", "04059000"],
    )
    assert converse(type_4.read_message(), card) == bytes.fromhex("0102030405")


# --- payment cards ---


def test_payment_card_is_recognised_by_its_list() -> None:
    card = Spoken(PPSE["response"])
    assert converse(read_card(ISO_DEP_ATR), card) == PaymentCard(bytes.fromhex(PPSE["aid"]))
    assert card.asked == [PPSE["command"]]


def test_list_is_written_as_the_specification_says() -> None:
    written = emv.encode_list(emv.PPSE, [bytes.fromhex(PPSE["aid"])])
    assert written.hex().upper() + "9000" == PPSE["response"]


@pytest.mark.parametrize("answer", ["6283", "9000", "6F05840350415A9000", "6103"])
def test_blocked_or_odd_payment_card_is_refused_unnamed(answer: str) -> None:
    card = Spoken(answer, "0000009000")
    assert converse(read_card(ISO_DEP_ATR), card) == PaymentCard(b"")


def test_contact_card_is_asked_for_both_lists_and_for_no_uid() -> None:
    card = Spoken("6A82", "6A82", "6A82")
    assert converse(read_card(CONTACT_ATR), card) == Card(Technology.CONTACT)
    assert [bytes.fromhex(asked)[5:19] for asked in card.asked[:2]] == [emv.PPSE, emv.PSE]
    assert not any(asked.startswith("FFCA") for asked in card.asked)


def test_card_without_list_is_read() -> None:
    card = Spoken("6A82", UID.hex() + "9000", "6A82")
    assert converse(read_card(ISO_DEP_ATR), card) == Card(Technology.ISO_DEP, UID)


def test_random_uid_of_a_phone_is_no_uid() -> None:
    card = Spoken("6A82", "08112233" + "9000", "6A82")
    assert converse(read_card(ISO_DEP_ATR), card) == Card(Technology.ISO_DEP)


def test_message_that_cannot_be_read_leaves_the_uid() -> None:
    card = Spoken(UID.hex() + "9000", "E1106D00" + "0303B10000" + "FE" + "00" * 6 + "9000")
    found = converse(read_card(TYPE_2_ATR), card)
    assert isinstance(found, Card)
    assert (found.uid, found.records) == (UID, ())
    assert found.problem


@given(
    st.sampled_from([TYPE_2_ATR, ISO_DEP_ATR, CONTACT_ATR]) | st.binary(max_size=33),
    st.lists(st.binary(max_size=40) | st.just(NOT_FOUND) | st.just(b"\x90\0")),
)
def test_whatever_a_card_answers_only_wire_errors_rise(atr: bytes, answers: list[bytes]) -> None:
    script = iter(answers)
    with contextlib.suppress(WireError):
        found = converse(read_card(atr), lambda _: next(script, b"\x6f\0"))
        assert isinstance(found, Card | PaymentCard)


@given(st.binary(max_size=100))
def test_list_of_applications_raises_nothing(fci: bytes) -> None:
    assert all(isinstance(aid, bytes) for aid in emv.application_ids(fci))


def test_response_type_is_encoded() -> None:
    assert Response(b"\x01", 0x6A82).encode() == bytes.fromhex("016A82")
