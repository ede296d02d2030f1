import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import WireError
from drivers.wire.ieee1284 import DeviceId, decode_device_id


def test_device_id_tells_maker_model_and_languages() -> None:
    # As in USB Device Class Definition for Printing Devices 1.1, 4.2.1: length, then pairs.
    data = b"\x00\x33MFG:EPSON;CMD:ESC/POS,esc/p;MDL:TM-T88V;CLS:PRINTER;"
    assert decode_device_id(data) == DeviceId("EPSON", "TM-T88V", ("ESC/POS", "ESC/P"))


def test_long_names_are_the_same_as_short_ones() -> None:
    data = b"\x38\x00MANUFACTURER: Star;MODEL:TSP143;COMMAND SET:STAR;\0"
    assert decode_device_id(data) == DeviceId("Star", "TSP143", ("STAR",))


@pytest.mark.parametrize("data", [b"\x00\x02", b"\x00\x04;;", b"\x00\x05MFG"])
def test_printer_that_says_nothing_about_itself_is_nobody(data: bytes) -> None:
    assert decode_device_id(data) == DeviceId()


@pytest.mark.parametrize("data", [b"", b"\x00"])
def test_answer_without_its_length_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        decode_device_id(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_wire_error(data: bytes) -> None:
    with contextlib.suppress(WireError):
        decode_device_id(data)
