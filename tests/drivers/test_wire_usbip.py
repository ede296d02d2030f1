import contextlib
import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.wire import WireError
from drivers.wire.usb import SetupPacket
from drivers.wire.usbip import (
    MAX_TRANSFER,
    UNLINKED,
    ExportedDevice,
    ExportedInterface,
    ImportReply,
    ImportRequest,
    ListReply,
    ListRequest,
    Message,
    Result,
    Speed,
    Status,
    Submit,
    Unlink,
    Unlinked,
    UsbIpReader,
)

# Recorded from a HID device; Linux, Documentation/usb/usbip_protocol.rst, "EXAMPLE".
SUBMIT_IN = bytes.fromhex(
    "00000001 00000d05 0001000f 00000001 00000001 00000200"
    "00000040 ffffffff 00000000 00000004 00000000 00000000"
)
OUT_DATA = bytes.fromhex("ffffffff860008a784ce5ae2123763") + bytes(49)
SUBMIT_OUT = (
    bytes.fromhex(
        "00000001 00000d06 0001000f 00000000 00000001 00000000"
        "00000040 ffffffff 00000000 00000004 00000000 00000000"
    )
    + OUT_DATA
)
RESULT_OUT = bytes.fromhex(
    "00000003 00000d06 00000000 00000000 00000000 00000000"
    "00000040 ffffffff 00000000 00000000 00000000 00000000"
)
IN_DATA = bytes.fromhex("ffffffff860011a784ce5ae2123763612891b1020100000400") + bytes(39)
RESULT_IN = (
    bytes.fromhex(
        "00000003 00000d05 00000000 00000000 00000000 00000000"
        "00000040 ffffffff 00000000 00000000 00000000 00000000"
    )
    + IN_DATA
)

numbers = st.integers(0, 0xFFFFFFFF)
words = st.integers(0, 0xFFFF)
bytes_ = st.integers(0, 255)
names = st.text(st.characters(codec="ascii", min_codepoint=1), max_size=31)
exported = st.builds(
    ExportedDevice, names, names, words, words, numbers, words, words, words, *[bytes_] * 6
)
kinds = st.builds(ExportedInterface, bytes_, bytes_, bytes_)


@st.composite
def listed(draw: st.DrawFn) -> ExportedDevice:
    interfaces = tuple(draw(st.lists(kinds, max_size=3)))
    device = draw(exported)
    return dataclasses.replace(device, interfaces=interfaces, interface_count=len(interfaces))


@st.composite
def submits(draw: st.DrawFn) -> Submit:
    is_in = draw(st.booleans())
    endpoint = draw(st.integers(0, 15))
    data = b"" if is_in else draw(st.binary(max_size=70))
    setup = draw(st.builds(SetupPacket, bytes_, bytes_, words, words, words))
    return Submit(
        sequence=draw(numbers),
        device_id=draw(numbers),
        is_in=is_in,
        endpoint=endpoint,
        length=draw(st.integers(0, MAX_TRANSFER)) if is_in else len(data),
        data=data,
        setup=None if endpoint else setup,
        flags=draw(numbers),
        interval=draw(numbers),
    )


results = st.builds(
    lambda sequence, status, data: Result(sequence, status, len(data), data),
    numbers,
    st.integers(-200, 0),
    st.binary(max_size=70),
)
messages = st.one_of(
    st.just(ListRequest()),
    st.builds(ListReply, st.lists(listed(), max_size=3).map(tuple), st.sampled_from(Status)),
    st.builds(ImportRequest, names),
    st.builds(ImportReply, exported),
    st.builds(ImportReply, st.none(), st.integers(1, 5)),
    submits(),
    results,
    st.builds(Unlink, numbers, numbers, numbers),
    st.builds(Unlinked, numbers, st.sampled_from([0, UNLINKED])),
)


def read(data: bytes, *incoming: int) -> list[Message]:
    reader = UsbIpReader()
    for sequence in incoming:
        reader.expect(sequence)
    reader.receive_data(data)
    return list(iter(reader.next_event, None))


def test_recorded_transfers_are_read_as_what_they_are() -> None:
    asked, sent = read(SUBMIT_IN + SUBMIT_OUT)
    assert asked == Submit(
        sequence=0xD05,
        device_id=0x1000F,
        is_in=True,
        endpoint=1,
        length=64,
        flags=0x200,
        interval=4,
    )
    assert isinstance(sent, Submit)
    assert (sent.sequence, sent.is_in, sent.data) == (0xD06, False, OUT_DATA)


def test_recorded_results_are_read_by_the_direction_of_their_transfer() -> None:
    done, came = read(RESULT_OUT + RESULT_IN, 0xD05)
    assert isinstance(done, Result)
    assert isinstance(came, Result)
    assert (done.sequence, done.status, done.length, done.data) == (0xD06, 0, 64, b"")
    assert (came.sequence, came.status, came.length, came.data) == (0xD05, 0, 64, IN_DATA)


def test_first_words_of_a_transfer_are_written_as_recorded() -> None:
    submit = Submit(0xD05, 0x1000F, True, 1, 64, flags=0x200, interval=4)  # noqa: FBT003
    assert submit.encode()[:28] == SUBMIT_IN[:28]
    assert submit.encode()[36:] == SUBMIT_IN[36:]
    assert Result(0xD05, 0, 64, IN_DATA).encode()[:28] == RESULT_IN[:28]
    assert Result(0xD05, 0, 64, IN_DATA).encode()[36:] == RESULT_IN[36:]


def test_requests_are_as_in_the_tables_of_the_kernels_documentation() -> None:
    assert ListRequest().encode() == bytes.fromhex("0111 8005 00000000")
    assert ImportRequest("3-2").encode() == bytes.fromhex("0111 8003 00000000 332d32") + bytes(29)
    assert ListReply(()).encode() == bytes.fromhex("0111 0005 00000000 00000000")
    assert ImportReply(None, Status.BUSY).encode() == bytes.fromhex("0111 0003 00000002")
    assert Unlink(9, 0x10002, 8).encode()[:24] == bytes.fromhex(
        "00000002 00000009 00010002 00000000 00000000 00000008"
    )
    assert Unlinked(9, UNLINKED).encode()[20:24] == bytes.fromhex("ffffff98")


def test_list_has_each_field_where_the_documentation_says() -> None:
    interface = ExportedInterface(7, 1, 2)
    device = ExportedDevice(
        "/sys/devices/usb3/3-2", "3-2", 3, 9, Speed.HIGH, 0x04B8, 0x0E15, 0x0100, 0, 0, 0, 1, 1, 1
    )
    data = ListReply((dataclasses.replace(device, interfaces=(interface,)),)).encode()
    assert data[0x10C:0x110] == b"3-2\0"
    assert data[0x12C:0x144] == bytes.fromhex(
        "00000003 00000009 00000003 04b8 0e15 0100 000000010101"
    )
    assert data[0x144:] == bytes((7, 1, 2, 0))
    assert ImportReply(device).encode()[0x128:] == data[0x12C:0x144]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # many small fields
@given(st.lists(messages, max_size=4), st.integers(1, 64))
def test_any_messages_come_back_in_whatever_pieces_they_arrive(
    sent: list[Message], size: int
) -> None:
    reader = UsbIpReader()
    data = b"".join(message.encode() for message in sent)
    came = []
    expected = iter(sent)
    pending: Message | None = next(expected, None)
    for start in range(0, len(data), size):
        if isinstance(pending, Result):
            reader.expect(pending.sequence)
        reader.receive_data(data[start : start + size])
        while (message := reader.next_event()) is not None:
            came.append(message)
            pending = next(expected, None)
            if isinstance(pending, Result):
                reader.expect(pending.sequence)
    assert came == sent


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400), messages, st.integers(0, 400), bytes_)
def test_noise_and_spoilt_messages_are_refused_with_a_wire_error(
    noise: bytes, message: Message, at: int, by: int
) -> None:
    spoilt = bytearray(message.encode())
    spoilt[at % len(spoilt)] = by
    for data in (noise, bytes(spoilt), b"\0\0" + noise, b"\x01\x11\x00\x05" + noise):
        with contextlib.suppress(WireError):
            read(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("0100 8005 00000000", "version 0100"),
        ("0111 8004 00000000", "no USB/IP operation"),
        ("0111 0005 00000000 00010000", "too long"),
        ("00000009" + "00" * 44, "no USB/IP command"),
        (SUBMIT_IN.hex()[:48] + "7fffffff" + SUBMIT_IN.hex()[56:], "too long"),
        (SUBMIT_IN.hex()[:64] + "00000008" + SUBMIT_IN.hex()[72:], "Isochronous"),
    ],
)
def test_what_cannot_be_served_is_refused_in_words(data: str, words: str) -> None:
    with pytest.raises(WireError, match=words):
        read(bytes.fromhex(data))


def test_name_that_does_not_fit_is_refused() -> None:
    with pytest.raises(WireError, match="does not fit"):
        ImportRequest("1-" + "1" * 40).encode()
