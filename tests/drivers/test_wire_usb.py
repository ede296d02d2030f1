import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.wire import WireError
from drivers.wire.usb import (
    Configuration,
    Device,
    Endpoint,
    Interface,
    SetupPacket,
    TransferType,
    decode_configuration,
    decode_device,
    decode_setup,
    decode_string,
    encode_languages,
    encode_string,
    total_length,
)

KEYBOARD_WITH_MOUSE = bytes.fromhex(
    "09 02 3b 00 02 01 00 a0 32"
    "09 04 00 00 01 03 01 01 00 09 21 01 01 00 01 22 3f 00 07 05 81 03 08 00 0a"
    "09 04 01 00 01 03 01 02 00 09 21 01 01 00 01 22 32 00 07 05 82 03 08 00 0a"
)
"""Device Class Definition for HID 1.11, appendix E: configuration and all that belongs to it."""

bytes_ = st.integers(0, 255)
words = st.integers(0, 0xFFFF)
extras = st.sampled_from([b"", b"\x02\x30", b"\x05\x24\x00\x10\x01"])
endpoints = st.builds(Endpoint, bytes_, st.sampled_from(TransferType), words, bytes_, extra=extras)
interfaces = st.builds(
    Interface,
    bytes_,
    bytes_,
    bytes_,
    bytes_,
    st.lists(endpoints, max_size=2).map(tuple),
    alternate=bytes_,
    name=bytes_,
    extra=extras,
)
configurations = st.builds(
    Configuration,
    st.lists(interfaces, max_size=2).map(tuple),
    value=bytes_,
    attributes=bytes_,
    max_power=bytes_,
    name=bytes_,
    extra=extras,
)
devices = st.builds(
    Device, words, words, words, *[bytes_] * 7, usb_version=words, max_packet=bytes_
)


def test_configuration_of_the_hid_specification_is_read_and_written_as_it_stands_there() -> None:
    configuration = decode_configuration(KEYBOARD_WITH_MOUSE)
    keyboard, mouse = configuration.interfaces
    assert (keyboard.interface_class, keyboard.subclass, keyboard.protocol) == (3, 1, 1)
    assert keyboard.extra == bytes.fromhex("09 21 01 01 00 01 22 3f 00")
    assert keyboard.endpoints == (Endpoint(0x81, TransferType.INTERRUPT, 8, 10),)
    assert (mouse.number, mouse.protocol) == (1, 2)
    assert configuration.encode() == KEYBOARD_WITH_MOUSE


def test_length_of_a_configuration_stands_in_its_first_bytes() -> None:
    assert total_length(KEYBOARD_WITH_MOUSE[:9]) == 0x3B


def test_setup_packet_is_as_in_the_table_of_standard_requests() -> None:
    setup = SetupPacket(0x80, 6, 0x0300, 0x0409, 255)
    assert setup.encode() == bytes.fromhex("80 06 00 03 09 04 ff 00")
    assert setup.is_in
    assert setup.is_standard
    assert not decode_setup(bytes.fromhex("a1 01 00 00 00 00 01 00")).is_standard


def test_strings_are_utf_16_behind_their_length() -> None:
    assert encode_string("TM") == bytes.fromhex("06 03 54 00 4d 00")
    assert encode_languages(0x0409) == bytes.fromhex("04 03 09 04")
    assert decode_string(encode_string("Kassa €")) == "Kassa €"
    assert len(encode_string("x" * 200)) == 254


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # many small fields
@given(configurations)
def test_any_configuration_comes_back_as_it_went(configuration: Configuration) -> None:
    assert decode_configuration(configuration.encode()) == configuration


@given(devices)
def test_any_device_comes_back_as_it_went(device: Device) -> None:
    assert decode_device(device.encode()) == device


@given(st.binary(max_size=80), st.integers(0, len(KEYBOARD_WITH_MOUSE)), bytes_)
def test_broken_descriptors_are_refused_with_a_wire_error(noise: bytes, at: int, by: int) -> None:
    spoilt = bytearray(KEYBOARD_WITH_MOUSE + b"\0")
    spoilt[at] = by
    for data in (noise, b"\x09\x02" + noise, bytes(spoilt[:-1]), KEYBOARD_WITH_MOUSE[:at]):
        for decode in (decode_device, decode_configuration, decode_string, decode_setup):
            try:
                decode(data)
            except WireError:
                continue


@pytest.mark.parametrize("data", [b"", b"\x12\x01", KEYBOARD_WITH_MOUSE])
def test_what_is_no_device_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        decode_device(data)


def test_endpoint_without_an_interface_is_refused() -> None:
    with pytest.raises(WireError, match="before the first interface"):
        decode_configuration(bytes.fromhex("09 02 10 00 00 01 00 80 32 07 05 81 03 08 00 0a"))


def test_configuration_that_claims_to_be_shorter_than_its_head_is_refused() -> None:
    with pytest.raises(WireError, match="too short"):
        decode_configuration(bytes.fromhex("09 02 00 00 01 01 00 80 32"))
