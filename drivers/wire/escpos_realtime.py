"""Finds the real-time commands of ESC/POS in raw bytes, ahead of all buffering.

    DLE EOT n [a]      10 04 n      status now
    DLE ENQ n          10 05 n      recover from an error
    DLE DC4 fn …       10 14 fn …   1 m t: pulse · 2 a b: power off · 7 m: status · 8 d1…d7: clear

A printer looks for these in everything that arrives, before it is put into the receive buffer,
and obeys at once, even when the buffer is full and the printer is offline. It finds them inside
the data of other commands too: three bytes of an image can open a drawer. That is the printer's
way, so it is this scanner's.

Source: Epson ESC/POS Command Reference, "Notes of Real-time Commands", DLE EOT, ENQ and DC4.
"""

from drivers.wire.escpos_commands import (
    ClearBuffer,
    Command,
    Function,
    PowerOff,
    RealTimePulse,
    RealTimeRequest,
    RealTimeStatus,
)

DLE = 0x10
_STATUS, _REQUEST, _FUNCTION = b"\x10\x04", b"\x10\x05", b"\x10\x14"
_HEADER = 3
"""DLE, the command and its number."""
_LONG_STATUS = (7, 8, 18)
"""`DLE EOT` of these numbers (ink, MICR, multi-tone) has one more byte."""
_FUNCTION_PARAMETERS = {1: 2, 2: 2, 3: 6, 7: 1, 8: 7}
"""Function of `DLE DC4` and how many bytes follow it."""
_CLEAR = b"\x10\x14\x08" + bytes((1, 3, 20, 1, 6, 2, 8))
_POWER_OFF = b"\x10\x14\x02" + bytes((1, 8))
_PULSE = b"\x10\x14\x01"
_CONNECTOR_PINS = {0: 2, 1: 5}


def length(data: bytes | bytearray) -> int | None:
    """Return how long the real-time command at the start of `data` is.

    Returns:
        The length in bytes; 0 when no real-time command starts here; None when more bytes are
        needed to say.
    """
    command = bytes(data[:2])
    if command in (b"", b"\x10"):
        return None
    if command not in (_STATUS, _REQUEST, _FUNCTION):
        return 0
    if len(data) < _HEADER:
        return None
    if command == _STATUS:
        return _HEADER + (data[2] in _LONG_STATUS)
    if command == _REQUEST:
        return _HEADER
    return _HEADER + _FUNCTION_PARAMETERS.get(data[2], 0)


def parse(data: bytes) -> Command:
    """Turn one whole real-time command, as measured by `length`, into its value."""
    if data.startswith(_STATUS):
        return RealTimeStatus(data[2]) if len(data) == _HEADER else Function("DLE EOT", data[2:])
    if data.startswith(_REQUEST):
        return RealTimeRequest(data[2])
    if data == _CLEAR:
        return ClearBuffer()
    if data == _POWER_OFF:
        return PowerOff()
    if data.startswith(_PULSE) and data[3] in _CONNECTOR_PINS:
        return RealTimePulse(_CONNECTOR_PINS[data[3]], data[4] * 100)
    return Function("DLE DC4", data[2:])


class RealTimeScanner:
    """Watches a stream of bytes for real-time commands; everything else passes unseen."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def receive_data(self, data: bytes) -> list[tuple[int, Command]]:
        """Return the real-time commands that end in `data`, in order.

        Each comes with the number of bytes of `data` that had arrived when it was complete.
        """
        self._rest += data
        found: list[tuple[int, Command]] = []
        while (start := self._rest.find(DLE)) >= 0:
            del self._rest[:start]
            size = length(self._rest)
            if size is None or size > len(self._rest):
                return found
            command = parse(bytes(self._rest[:size])) if size else None
            del self._rest[: size or 1]
            if command is not None:
                found.append((len(data) - len(self._rest), command))
        self._rest.clear()
        return found
