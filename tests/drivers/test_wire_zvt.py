import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import WireError
from drivers.wire.zvt import numbers, requests, shapes, tags
from drivers.wire.zvt.apdu import Apdu, ApduReader, decode_apdu
from drivers.wire.zvt.bitmaps import BITMAPS, Bitmap, Size, container
from drivers.wire.zvt.codes import RESULTS, progress_text, result_text
from drivers.wire.zvt.describe import HIDDEN, describe, redact_apdu
from drivers.wire.zvt.messages import (
    IntermediateStatus,
    PrintLine,
    PrintTextBlock,
    StatusInformation,
    StatusReport,
    TerminalAbort,
)
from drivers.wire.zvt.serial import (
    SerialAck,
    SerialFrame,
    SerialNak,
    SerialReader,
    crc16_kermit,
    encode_frame,
)
from drivers.wire.zvt.text import CharacterSet, decode_text, encode_text
from drivers.wire.zvt.tlv import DEEPEST_NESTING, Tlv, decode_tlvs, encode_tlvs, find, nest
from tests.drivers.zvt_vectors import apdu, apdus, vectors


def names(found: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vector", found, ids=[v["name"] for v in found])


@names(vectors("zvt-apdu"))
def test_apdu_decodes_and_encodes_to_the_same_bytes(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    assert decode_apdu(data).encode() == data


@names(vectors("zvt-apdu-sequence"))
def test_every_apdu_of_a_sequence_decodes_and_encodes(vector: dict[str, Any]) -> None:
    for data in map(bytes.fromhex, vector["json"]):
        assert decode_apdu(data).encode() == data


@names(vectors("zvt-apdu", malformed=True))
def test_malformed_apdu_is_refused_as_one_apdu(vector: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        decode_apdu(bytes.fromhex(vector["hex"]))


@names(vectors("zvt-apdu", malformed=True))
def test_malformed_apdu_in_a_stream_is_cut_where_its_length_says(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    length, start = numbers.read_apdu_length(data, 2)
    reader = ApduReader()
    reader.receive_data(data)
    whole = start + length <= len(data)
    assert reader.next_frame() == (data[: start + length] if whole else None)
    if not whole:
        reader.receive_data(bytes(start + length - len(data)))
        assert reader.next_frame() is not None
    assert reader.next_frame() is None
    rest = reader.pending
    reader.receive_data(apdu("spec-msgseq-ack"))
    assert rest or reader.next_event() == decode_apdu(apdu("spec-msgseq-ack"))


@names(vectors("zvt-length"))
def test_apdu_length_is_read_as_the_source_says(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    assert numbers.read_apdu_length(data, 2) == (vector["length"], vector["data_start"])


@names(vectors("zvt-llvar") + vectors("zvt-lllvar"))
def test_variable_length_is_read_as_the_source_says(vector: dict[str, Any]) -> None:
    places = 2 if vector["protocol"] == "zvt-llvar" else 3
    data = bytes.fromhex(vector["hex"])
    length, position = numbers.read_decimal_length(data, 0, places)
    expected = vector["length"] if "length" in vector else len(data) - places
    assert (length, position) == (expected, places)
    assert numbers.write_decimal_length(length, places) == data[:places]


@names(vectors("zvt-tlv-length"))
def test_tlv_length_is_read_as_the_source_says(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    assert numbers.read_ber_length(data, 0) == (vector["length"], len(data))
    assert numbers.write_ber_length(vector["length"]) == data


@names(vectors("zvt-tlv-tag"))
def test_tlv_tag_is_read_as_the_source_says(vector: dict[str, Any]) -> None:
    (tlv,) = decode_tlvs(bytes.fromhex(vector["hex"]) + b"\x01\x2a")
    assert f"{tlv.tag:02x}" == vector["hex"].lstrip("0").rjust(2, "0")
    assert tlv.constructed is ("constructed" in vector["meaning"])


@pytest.mark.parametrize("length", [b"\x80", b"\x83\x00\x00\x01", b"\x84", b"\xff", b"\x81"])
def test_invalid_and_reserved_tlv_lengths_are_refused(length: bytes) -> None:
    with pytest.raises(WireError):
        decode_tlvs(b"\x07" + length)


def test_tag_of_three_bytes_is_one_tag() -> None:
    tlvs = (Tlv(0x1F8000, b"\x01"), Tlv(tags.TEXT_LINE, b"x"))
    assert encode_tlvs(tlvs) == bytes.fromhex("1f80000101 070178")
    assert decode_tlvs(encode_tlvs(tlvs)) == tlvs


def test_every_bitmap_of_the_manual_has_its_size() -> None:
    fixed = {1: "01 02 03 05 19 27 72 73 74 75 8a 8c a0 d0 d2 d3 e0 e9 ea f0 f9 fa fb fc fd"}
    fixed |= {2: "0d 0e 17 3a 49 87", 3: "0b 0c 37 3d 88 aa", 4: "29 70 71", 5: "ba", 6: "04"}
    fixed |= {8: "3b eb", 15: "2a"}
    by_size: dict[Any, str] = dict(fixed)
    by_size[Size.LL] = "22 23 2d 4c 8b a7 d1 e1 e2 e3 e4 e5 e6 e7 e8 f1 f2 f3 f4 f5 f6 f7 f8"
    by_size[Size.LLL] = "24 2e 3c 60 9a af"
    by_size[Size.TLV] = "06"
    expected = {
        int(number, 16): size for size, numbers_ in by_size.items() for number in numbers_.split()
    }
    assert {number: kind.size for number, kind in BITMAPS.items()} == expected


def test_extended_length_of_a_short_body_is_accepted() -> None:
    assert decode_apdu(bytes.fromhex("061eff01006c")) == decode_apdu(bytes.fromhex("061e016c"))


def test_unknown_bitmap_is_refused_and_the_stream_goes_on() -> None:
    reader = ApduReader()
    reader.receive_data(bytes.fromhex("040f04 2700 99 01" + "060f00"))
    with pytest.raises(WireError, match="99"):
        reader.next_event()
    assert reader.next_event() == Apdu(shapes.COMPLETION)


def test_completion_is_read_by_the_command_that_it_ends() -> None:
    data = apdu("ecrterm-completion")
    report = StatusReport.parse(decode_apdu(data, shapes.STATUS_ENQUIRY))
    assert report == StatusReport(0x00, "GER-APP-v2.0.9;cR02.01.01-00.09-2-2;CC26", "52500245")
    assert decode_apdu(data) == decode_apdu(data, shapes.STATUS_ENQUIRY)
    registered = decode_apdu(apdu("spec-msgseq-completion-unsupported"), shapes.REGISTRATION)
    assert registered.value(0x29) == bytes.fromhex("65000028")


def test_status_of_one_byte_is_no_bitmap() -> None:
    assert StatusReport.parse(decode_apdu(apdu("bezahl-1619070661833PT"))).status_code == 0xDC


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "portalum-Parse_PaymentGood1_Successful-0",
            {
                "result_code": 0,
                "amount": 2040,
                "trace_number": "000470",
                "time": "223953",
                "date": "1006",
                "terminal_id": "28004869",
                "contract_number": "100461763",
                "currency": "EUR",
                "receipt_number": "0470",
                "turnover_number": "000470",
                "card_type": 0x2E,
                "card_name": "Debit Mastercard",
                "additional_text": "GEN.NR.:611804",
                "authorisation_attribute": "611804",
                "masked_pan": "************4771",
            },
        ),
        (
            "portalum-Parse_ReversalGood1_Successful-0",
            {"result_code": 0, "amount": 100, "trace_number": "000607", "original_trace": "000606"},
        ),
        (
            "portalum-Parse_TlvInfos1_Successful-0",
            {"trace_number": "000000", "long_trace": "10015008", "host_code": 1, "amount": None},
        ),
        (
            "portalum-Parse_SystemError_Successful-0",
            {"result_code": 0xFF, "additional_text": "Betrag falsch"},
        ),
        (
            "bezahl-1618046758827PT",
            {"result_code": 5, "card_type": 0x0D, "additional_text": "Karte abgelehnt"},
        ),
    ],
)
def test_status_information_says_what_the_source_says(name: str, expected: dict[str, Any]) -> None:
    information = StatusInformation.parse(decode_apdu(apdu(name)))
    assert {field: getattr(information, field) for field in expected} == expected


def test_tags_are_found_however_deep() -> None:
    information = StatusInformation.parse(
        decode_apdu(apdu("portalum-Parse_TlvInfos1_Successful-0"))
    )
    assert information.tag(tags.APPLICATION_ID) == bytes.fromhex("a0000000041010")
    assert information.tag(tags.CARD_TECHNOLOGY) == b"\x02"
    assert information.tag(tags.MESSAGE_SEQUENCE_ID) is None


@names(vectors("zvt-apdu"))
def test_status_information_survives_reading_and_writing(vector: dict[str, Any]) -> None:
    received = decode_apdu(bytes.fromhex(vector["hex"]))
    if received.control != shapes.STATUS_INFORMATION:
        return
    information = StatusInformation.parse(received)
    assert StatusInformation.parse(decode_apdu(information.apdu().encode())) == information


def test_abort_carries_the_terminals_own_words() -> None:
    abort = TerminalAbort.parse(decode_apdu(apdu("ecrterm-abort_by_external_command")))
    assert abort == TerminalAbort(0x6C, "Abbruch durch externes Kommando!")


def test_wrong_currency_brings_its_own() -> None:
    refusal = decode_apdu(bytes.fromhex("841e036f0978"))
    assert refusal.head == bytes.fromhex("6f0978")
    assert decode_apdu(bytes.fromhex("061e036f0978")).head == bytes.fromhex("6f0978")


def test_intermediate_status_may_change_t4_and_bring_texts() -> None:
    status = IntermediateStatus.parse(decode_apdu(apdu("spec-msgseq-interstatus-timeout")))
    assert status == IntermediateStatus(0x17, 3, ("00 Approved",))


def test_intermediate_status_without_its_time_out_is_tolerated() -> None:
    body = bytes.fromhex("17 06 0d 240b 0709 43 6172 64 206f 6b21 21".replace(" ", ""))
    status = IntermediateStatus.parse(decode_apdu(b"\x04\xff" + bytes([len(body)]) + body))
    assert status == IntermediateStatus(0x17, None, ("Card ok!!",))


def test_text_block_has_its_type_its_lines_and_its_end() -> None:
    block = PrintTextBlock.parse(decode_apdu(apdu("portalum-Parse_CardholderReceipt_Successful-0")))
    assert block.receipt_type == 2
    assert block.ends_receipt
    assert block.lines[1] == "     für PORTALUM GmbH"
    assert block.lines[-1] == " "


def test_text_block_names_its_character_set() -> None:
    data = apdu("portalum-ProcessData_FragmentedDataPackets2_Successful")
    block = PrintTextBlock.parse(decode_apdu(data))
    assert "HÄNDLERBELEG" in " ".join(block.lines)


@names([v for v in vectors("zvt-apdu") if "text" in v])
def test_print_line_is_read_in_its_character_set(vector: dict[str, Any]) -> None:
    number = {"ISO-8859-1": CharacterSet.ISO_8859_1, "UTF-8": CharacterSet.UTF_8}
    line = PrintLine.parse(decode_apdu(bytes.fromhex(vector["hex"])), number[vector["encoding"]])
    assert line.text == vector["text"]


def test_utf_8_line_is_read_once_its_length_is_right() -> None:
    (vector,) = [v for v in vectors("zvt-apdu", malformed=True) if v.get("encoding") == "UTF-8"]
    data = bytes.fromhex(vector["hex"])
    mended = data[:2] + bytes([len(data) - 3]) + data[3:]
    assert PrintLine.parse(decode_apdu(mended), CharacterSet.UTF_8).text == vector["text"]


@pytest.mark.parametrize(
    ("character_set", "data"),
    [
        (CharacterSet.SEVEN_BIT, b"{|}~[\\]"),
        (CharacterSet.CP437, bytes.fromhex("84 94 81 e1 8e 99 9a")),
        (CharacterSet.ISO_8859_1, bytes.fromhex("e4 f6 fc df c4 d6 dc")),
        (CharacterSet.UTF_8, "äöüßÄÖÜ".encode()),
    ],
)
def test_four_character_sets_say_the_same_letters(character_set: int, data: bytes) -> None:
    assert decode_text(data, character_set) == "äöüßÄÖÜ"
    assert encode_text("äöüßÄÖÜ", character_set) == data


def test_line_with_a_container_keeps_text_and_receipt_type_apart() -> None:
    data = bytes.fromhex("06d114 40 5445535420506f7274616c756d 06041f070101")
    assert PrintLine.parse(decode_apdu(data)) == PrintLine("TEST Portalum", 0x40, 1)


def test_receipt_ends_where_bit_80_is_not_alone() -> None:
    ends = {attribute: PrintLine("", attribute).ends_receipt for attribute in (0, 0x40, 0x80, 0x81)}
    assert ends == {0: False, 0x40: False, 0x80: False, 0x81: True}


@names(vectors("zvt-serial-frame"))
def test_serial_frame_decodes_and_encodes(vector: dict[str, Any]) -> None:
    data = bytes.fromhex(vector["hex"])
    reader = SerialReader()
    reader.receive_data(data)
    assert reader.next_event() == SerialFrame(bytes.fromhex(vector["apdu"]))
    assert encode_frame(bytes.fromhex(vector["apdu"])) == data
    assert data[-2:] == int(vector["crc16_kermit"], 16).to_bytes(2, "little")


def test_crc_has_the_published_check_value() -> None:
    assert crc16_kermit(b"123456789") == 0x2189


def test_doubled_dle_of_the_manual_is_one_byte() -> None:
    data = bytes.fromhex("1002 06010a 04000000011010 00 490978 1003f2ff")
    reader = SerialReader()
    reader.receive_data(data)
    assert reader.next_event() == SerialFrame(bytes.fromhex("06010a04000000011000490978"))


def test_serial_noise_between_frames_is_left_out() -> None:
    frame = encode_frame(bytes.fromhex("800000"))
    reader = SerialReader()
    reader.receive_data(b"\xff\x00" + frame + b"\x06\x41" + frame)
    events = [reader.next_event() for _ in range(4)]
    assert events == [SerialFrame(b"\x80\0\0"), SerialAck(), SerialFrame(b"\x80\0\0"), None]


def test_serial_frame_with_a_wrong_checksum_is_refused_and_the_next_is_read() -> None:
    frame = encode_frame(bytes.fromhex("800000"))
    reader = SerialReader()
    reader.receive_data(frame[:-1] + bytes([frame[-1] ^ 1]) + frame)
    with pytest.raises(WireError, match="checksum"):
        reader.next_event()
    assert reader.next_event() == SerialFrame(b"\x80\0\0")


def test_serial_acknowledgements_are_single_bytes() -> None:
    reader = SerialReader()
    reader.receive_data(b"\x06\x15\x10")
    assert [reader.next_event() for _ in range(3)] == [SerialAck(), SerialNak(), None]
    assert reader.mid_frame


def test_serial_frame_that_breaks_off_is_refused_and_the_next_is_read() -> None:
    reader = SerialReader()
    reader.receive_data(bytes.fromhex("1002 8000 10 99") + encode_frame(b"\x80\0\0"))
    with pytest.raises(WireError, match="broken off"):
        reader.next_event()
    assert reader.next_event() == SerialFrame(b"\x80\0\0")


@pytest.mark.parametrize("position", range(4))
def test_dle_is_doubled_wherever_it_stands(position: int) -> None:
    data = bytearray(b"\x06\x01\x01\x02")
    data[position] = 0x10
    frame = encode_frame(bytes(data))
    assert frame.count(b"\x10\x10") == 1
    reader = SerialReader()
    for byte in frame:
        reader.receive_data(bytes([byte]))
    assert reader.next_event() == SerialFrame(bytes(data))


def test_values_that_do_not_fit_are_refused() -> None:
    for wrong in (
        lambda: numbers.int_to_bcd(10**12, 6),
        lambda: numbers.int_to_bcd(-1, 6),
        lambda: numbers.write_apdu_length(0x10000),
        lambda: numbers.write_ber_length(0x10000),
        lambda: numbers.write_decimal_length(100, 2),
        lambda: Apdu(shapes.AUTHORIZATION, bitmaps=(Bitmap(0x04, b"\0"),)).encode(),
        lambda: requests.authorization(100, "XXX"),
        lambda: requests.registration("secret", 0),
        lambda: requests.reversal("000000", "", 1, "EUR"),
        lambda: decode_text(b"", 0x40),
    ):
        with pytest.raises(WireError):
            wrong()


def test_every_result_code_has_a_sentence() -> None:
    assert all(text.endswith(".") for text in RESULTS.values())
    assert result_text(0x2A) == "Declined by the bank (code 42)."
    assert result_text(0x05, {0x05: "Vendor."}) == "Vendor."
    assert progress_text(0x4A) == "Present the card, remove the card"


def test_description_names_fields_and_hides_passwords() -> None:
    (entry,) = describe(apdu("spec-msgseq-register"))
    assert entry["name"] == "registration"
    fields = {field["name"]: field["value"] for field in entry["fields"]}
    assert fields.pop("password") == HIDDEN
    assert (fields["config byte"], fields["currency"]) == ("9E", "EUR")
    json.dumps(entry)


def test_description_of_a_stream_reads_a_completion_by_its_command() -> None:
    entries = describe(bytes.fromhex("050100 800000 060f019c"))
    assert entries[2]["fields"][0]["value"] == "9C The terminal is busy."


def test_description_shows_what_is_broken() -> None:
    broken, rest = describe(bytes.fromhex("040f0299 01 0601"))
    assert "99" in broken["error"]
    assert rest["rest"] == 2


def test_description_opens_serial_frames() -> None:
    frame = bytes.fromhex(vectors("zvt-serial-frame")[0]["hex"])
    assert describe(frame)[0]["name"] == "registration"


PAN = "4111111111111111"
TRACK_2 = "4111111111111111D25121010000012345678F"
SECRETS = Apdu(
    shapes.STATUS_INFORMATION,
    bitmaps=(
        Bitmap(0x22, bytes.fromhex(PAN)),
        Bitmap(0x23, bytes.fromhex(TRACK_2)),
        Bitmap(0x24, bytes.fromhex("01" + PAN)),
        Bitmap(0x2D, b"B4111111111111111^DOE/JOHN^2512101"),
        Bitmap(0x3A, bytes.fromhex("0123")),
        Bitmap(0x3C, f"card {PAN}".encode()),
        Bitmap(0xD1, bytes.fromhex("87654321")),
        container(
            Tlv(0x5A, bytes.fromhex(PAN)),
            Tlv(0x57, bytes.fromhex(TRACK_2)),
            Tlv(0x1F08, b"B4111111111111111^DOE/JOHN^2512101"),
            Tlv(0x1F09, bytes.fromhex(TRACK_2)),
            Tlv(0x1F0A, bytes.fromhex("01" + PAN)),
            nest(0x24, [Tlv(0x07, f"PAN {PAN}".encode())]),
            Tlv(0x1F7F, PAN.encode()),
        ),
    ),
)


def test_description_never_shows_card_data() -> None:
    text = json.dumps(describe(SECRETS.encode()))
    for secret in (PAN, PAN[4:], "DOE", "25121010000012345678", "87654321", PAN.encode().hex()):
        assert secret not in text
    assert "411111******1111" in text


def test_redacted_apdu_keeps_its_shape_and_loses_its_secrets() -> None:
    redacted = redact_apdu(SECRETS)
    assert len(redacted.encode()) == len(SECRETS.encode())
    data = redacted.encode()
    for secret in (PAN, TRACK_2, PAN.encode().hex(), b"DOE".hex(), "87654321"):
        assert secret.lower() not in data.hex()
    assert redacted.value(0x22) == bytes.fromhex("411111eeeeee1111")
    assert redact_apdu(decode_apdu(bytes.fromhex("060006123456ba0978"))).head[:3] == bytes(3)


def test_nesting_without_end_does_not_end_in_an_error() -> None:
    value = b""
    for _ in range(200):
        value = encode_tlvs([Tlv(0x24, value)])
    apdu_ = Apdu(shapes.PRINT_TEXT_BLOCK, bitmaps=(Bitmap(0x06, value),))
    assert find(apdu_.tlvs(), 0x07) is None
    assert DEEPEST_NESTING < 200
    describe(apdu_.encode())
    redact_apdu(apdu_)


def read_all(chunks: list[bytes]) -> list[bytes]:
    reader = ApduReader()
    frames = []
    for chunk in chunks:
        reader.receive_data(chunk)
        while (frame := reader.next_frame()) is not None:
            frames.append(frame)
    return frames


def chop(data: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in zip([0, *ends], [*ends, len(data)], strict=True)]


@given(st.lists(st.sampled_from(apdus()), max_size=5), st.lists(st.integers(0, 5000), max_size=30))
def test_apdus_are_the_same_however_they_were_chopped(sent: list[bytes], cuts: list[int]) -> None:
    assert read_all(chop(b"".join(sent), cuts)) == sent


@given(st.lists(st.sampled_from(apdus()), max_size=3), st.lists(st.integers(0, 5000), max_size=30))
def test_serial_frames_are_the_same_however_they_were_chopped(
    sent: list[bytes], cuts: list[int]
) -> None:
    reader = SerialReader()
    events = []
    for chunk in chop(b"".join(map(encode_frame, sent)), cuts):
        reader.receive_data(chunk)
        while (event := reader.next_event()) is not None:
            events.append(event)
    assert events == [SerialFrame(data) for data in sent]


def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(apdus())))
    for _ in range(draw(st.integers(0, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


MUTATED = st.composite(mutated)()


@given(st.one_of(st.binary(max_size=300), MUTATED))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    for answering in (None, shapes.STATUS_ENQUIRY, shapes.AUTHORIZATION):
        try:
            decoded = decode_apdu(data, answering)
        except WireError:
            continue
        assert decode_apdu(decoded.encode(), answering) == decoded
        redact_apdu(decoded)


@given(st.one_of(st.binary(max_size=300), MUTATED))
def test_any_message_parses_or_is_refused(data: bytes) -> None:
    parsers = (
        StatusInformation.parse,
        IntermediateStatus.parse,
        StatusReport.parse,
        TerminalAbort.parse,
        PrintLine.parse,
        PrintTextBlock.parse,
    )
    for parse in parsers:
        try:
            parse(decode_apdu(data))
        except WireError:
            continue


@given(st.one_of(st.binary(max_size=300), MUTATED))
def test_any_bytes_are_described(data: bytes) -> None:
    json.dumps(describe(data))


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=10))
def test_serial_garbage_is_noise_or_refused_and_a_frame_is_found_behind_it(
    noise: bytes, cuts: list[int]
) -> None:
    frame = encode_frame(bytes.fromhex("060f00"))
    found = []
    reader = SerialReader()
    for chunk in chop(noise + b"\xff\x10\x41\xff" + frame, cuts):
        reader.receive_data(chunk)
        while True:
            try:
                event = reader.next_event()
            except WireError:
                continue
            if event is None:
                break
            found.append(event)
    assert found[-1:] == [SerialFrame(bytes.fromhex("060f00"))]
