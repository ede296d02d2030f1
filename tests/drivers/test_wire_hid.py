"""Report descriptors and reports: real ones, and whatever somebody plugs in."""

import json
import pathlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import WireError
from drivers.wire.hid import (
    BOOT_KEYBOARD,
    INPUT,
    Field,
    Keys,
    ScannedData,
    ScannerReports,
    decode_descriptor,
    descriptor_length,
    is_keyboard,
    is_scanner,
)
from drivers.wire.hid.descriptor import MAX_DESCRIPTOR, MAX_FIELDS
from drivers.wire.hid.keyboard import DescribedKeyboard

VECTORS: dict[str, Any] = json.loads(
    (pathlib.Path(__file__).parents[1] / "vectors" / "hid.json").read_text("utf-8")
)
KEYBOARD = bytes.fromhex(VECTORS["keyboard"]["descriptor"])
SCANNER = bytes.fromhex(VECTORS["scanner"]["descriptor"])
NO_COUNT = bytes.fromhex(  # no byte count, no symbology, 8 bytes of data, "continued" as a byte
    "058c0902a1010912a10285011500 26ff00750895 08 09fe 8102 9501 09ff 8102 c0c0"
)
BITMAP = bytes.fromhex(  # a bit for each key, as keyboards for players have
    "05010906a101050719e029e715002501750195088102 1900297f 9680 00 8102 c0"
)

items = st.one_of(
    st.binary(max_size=120),
    st.lists(
        st.sampled_from(
            [bytes.fromhex(each) for each in (
                "058c", "0507", "0501", "0902", "0906", "09fe", "09ff", "09fb", "093b", "1900",
                "29e7", "29ff", "1500", "25ff", "26ff00", "7501", "7508", "7520", "9501", "9508",
                "9538", "97ffffff7f", "7500", "8501", "8502", "8500", "a101", "a102", "c0", "8100",
                "8102",
                "8103", "820201", "9102", "b102", "a4", "b4", "0b0200 8c00", "fe0203 0000",
            )]
        ),
        max_size=60,
    ).map(b"".join),
    st.tuples(st.integers(0, 200), st.binary(min_size=1, max_size=1)).map(
        lambda cut: SCANNER[: cut[0]] + cut[1] + SCANNER[cut[0] + 1 :]
    ),
)  # fmt: skip


def test_keyboard_of_the_specification_is_read() -> None:
    descriptor = decode_descriptor(KEYBOARD)
    assert is_keyboard(descriptor)
    assert not is_scanner(descriptor)
    assert not descriptor.has_ids
    modifiers, keys = descriptor.inputs(0x0001_0006)
    assert (modifiers.offset, modifiers.size, modifiers.count) == (0, 1, 8)
    assert modifiers.usage(1) == 0x0007_00E1
    assert (keys.offset, keys.size, keys.count, keys.variable) == (16, 8, 6, False)
    keyboard = DescribedKeyboard(descriptor)
    for vector in VECTORS["keyboard"]["reports"]:
        report = bytes.fromhex(vector["report"])
        expected = Keys(vector["modifiers"], tuple(vector["keys"]))
        assert keyboard.read(report) == expected
        assert BOOT_KEYBOARD.read(report) == expected


def test_keyboard_with_a_bit_for_each_key_is_read() -> None:
    keyboard = DescribedKeyboard(decode_descriptor(BITMAP))
    report = bytearray(17)
    report[0] = 0x20
    report[1 + 0x16 // 8] = 1 << 0x16 % 8
    report[1 + 0x04 // 8] |= 1 << 0x04 % 8
    assert keyboard.read(bytes(report)) == Keys(0x20, (0x04, 0x16))


def test_roll_over_says_nothing() -> None:
    assert BOOT_KEYBOARD.read(bytes.fromhex("0200010101010101")) is None


def test_scanner_of_a_maker_is_read() -> None:
    descriptor = decode_descriptor(SCANNER)
    assert is_scanner(descriptor)
    assert not is_keyboard(descriptor)
    assert descriptor.has_ids
    lengths = {}
    for field in descriptor.fields:
        if field.kind == INPUT:
            lengths[field.report_id] = field.end
    assert lengths == {2: 8 * 63}
    reports = ScannerReports(descriptor, 4296)
    for vector in VECTORS["scanner"]["reports"]:
        *before, last = [bytes.fromhex(each)[:64] for each in vector["reports"]]
        assert [reports.receive(each) for each in before] == [None] * len(before)
        assert reports.receive(last) == ScannedData(vector["symbology"], vector["data"].encode())


def scanned(*parts: bytes, identifier: bytes = b"]Q3") -> list[bytes]:
    """Reports as the maker's descriptor lays them out, by hand."""
    return [
        b"\x02"
        + bytes([len(part)])
        + identifier
        + part.ljust(56, b"\xee")
        + b"\0\0"
        + bytes([part is not parts[-1]])
        for part in parts
    ]


def test_long_code_is_put_together() -> None:
    reports = ScannerReports(decode_descriptor(SCANNER), 4296)
    first, second, third = scanned(b"a" * 56, b"b" * 56, b"c\x1d\0d")
    assert reports.receive(first) is None
    assert reports.unfinished
    assert reports.receive(second) is None
    assert reports.receive(third) == ScannedData("Q3", b"a" * 56 + b"b" * 56 + b"c\x1d\0d")
    assert not reports.unfinished


def test_code_without_identifier_has_none() -> None:
    reports = ScannerReports(decode_descriptor(SCANNER), 4296)
    (report,) = scanned(b"96385074", identifier=b"\0\0\0")
    assert reports.receive(report) == ScannedData(None, b"96385074")


def test_data_end_where_the_zeros_begin_without_a_count() -> None:
    reports = ScannerReports(decode_descriptor(NO_COUNT), 4296)
    assert reports.receive(b"\x0112345678\x01") is None
    assert reports.receive(b"\x019\0\0\0\0\0\0\0\0") == ScannedData(None, b"123456789")
    assert reports.receive(b"\x01\0\0\0\0\0\0\0\0\0") is None


def test_report_of_something_else_is_passed_over() -> None:
    reports = ScannerReports(decode_descriptor(SCANNER), 4296)
    assert reports.receive(b"\x04\x01") is None


@pytest.mark.parametrize(
    "wrong",
    [
        b"\x02\x39]E0" + bytes(59),
        b"\x02\x01]E0",
        b"",
    ],
)
def test_report_that_cannot_be_is_refused_and_the_next_one_read(wrong: bytes) -> None:
    reports = ScannerReports(decode_descriptor(SCANNER), 4296)
    with pytest.raises(WireError):
        reports.receive(wrong)
    assert reports.receive(scanned(b"96385074")[0]) == ScannedData("Q3", b"96385074")


def test_code_without_end_is_not_kept() -> None:
    reports = ScannerReports(decode_descriptor(SCANNER), 100)
    first, second, _ = scanned(b"a" * 56, b"b" * 56, b"c")
    assert reports.receive(first) is None
    with pytest.raises(WireError):
        reports.receive(second)
    assert not reports.unfinished


def test_hid_descriptor_says_how_long_the_report_descriptor_is() -> None:
    assert descriptor_length(bytes.fromhex("092111010001223f00")) == 63
    assert descriptor_length(bytes.fromhex("0c21110100022310002241 00")) == 65
    for wrong in ("", "09", "092211010001223f00", "09211101000123 3f00"):
        with pytest.raises(WireError):
            descriptor_length(bytes.fromhex(wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        "05",
        "c0",
        "a101",
        "b4",
        "8500",
        "29ff",
        "1905 2901",
        "97ffffff7f 7520 8102",
        "7521 9501 8102",
        "fe",
        "a4" * 33,
        "a101" * 33,
        "0901" * 1025,
        "7501 9501" + "8102" * (MAX_FIELDS + 1),
        "00" * (MAX_DESCRIPTOR + 1),
    ],
)
def test_descriptor_that_cannot_be_is_refused(wrong: str) -> None:
    with pytest.raises(WireError):
        decode_descriptor(bytes.fromhex(wrong))


def test_values_without_bits_are_none_however_many_there_are() -> None:
    (field,) = decode_descriptor(bytes.fromhex("0507 97ffffffff 7500 0904 8102")).fields
    assert field.count == 0
    assert field.values(b"") == ()


@pytest.mark.parametrize("offset", [0, 3, 7])
@pytest.mark.parametrize("size", [1, 3, 7, 12, 32])
def test_values_are_read_wherever_their_bits_are(offset: int, size: int) -> None:
    values = [number * 2_654_435_761 % (1 << size) for number in range(1, 12)]
    bits = sum(value << offset + size * index for index, value in enumerate(values))
    field = Field(INPUT, 0, 0, offset, size, len(values), (), 0, 2)
    body = bits.to_bytes((field.end + 7) // 8, "little")
    assert list(field.values(body)) == values
    with pytest.raises(WireError):
        field.values(body[:-1])


def test_field_of_more_keys_than_there_are_is_passed_over() -> None:
    many = bytes.fromhex("05010906a1010507 1900 2aff00 7501 960008 8102 c0")
    with pytest.raises(WireError):
        DescribedKeyboard(decode_descriptor(many))


def test_global_items_are_put_aside_and_come_back() -> None:
    pushed = bytes.fromhex("0507 7508 9501 a4 0501 7510 b4 0904 8102")
    (field,) = decode_descriptor(pushed).fields
    assert (field.size, field.usage(0)) == (8, 0x0007_0004)


@given(items, st.lists(st.binary(max_size=70), max_size=4))
def test_no_descriptor_and_no_report_raise_anything_else(data: bytes, reports: list[bytes]) -> None:
    try:
        descriptor = decode_descriptor(data)
    except WireError:
        return
    for make in (DescribedKeyboard, lambda found: ScannerReports(found, 200)):
        try:
            reader = make(descriptor)
        except WireError:
            continue
        for report in reports:
            try:
                (reader.read if isinstance(reader, DescribedKeyboard) else reader.receive)(report)
            except WireError:
                continue


@given(st.lists(st.binary(max_size=70), max_size=6))
def test_no_report_of_a_real_scanner_raises_anything_else(reports: list[bytes]) -> None:
    reader = ScannerReports(decode_descriptor(SCANNER), 200)
    for report in reports:
        try:
            code = reader.receive(b"\x02" + report)
        except WireError:
            continue
        assert code is None or 0 < len(code.data) <= 200
