"""Fuzzing of the ZVT codec; see `fuzzing`.

The targets: a stream, one message of a known command, a serial reader, a serial line with time
passing, a whole dialogue. What decodes is written, read again, described and redacted.
"""

import contextlib
from collections.abc import Iterator

from tests.long.fuzzing import Target, instrumented, play, require

with instrumented():
    from drivers.wire import WireError
    from drivers.wire.zvt import describe, redact_apdu, shapes
    from drivers.wire.zvt.apdu import Apdu, ApduReader, decode_apdu
    from drivers.wire.zvt.dialogue import Dialogue
    from drivers.wire.zvt.line import SerialLine
    from drivers.wire.zvt.message_ids import MessageIds, number_of
    from drivers.wire.zvt.messages import (
        IntermediateStatus,
        PrintLine,
        PrintTextBlock,
        StatusInformation,
        StatusReport,
        TerminalAbort,
    )
    from drivers.wire.zvt.serial import SerialReader, encode_frame

COMMANDS = sorted(shapes.NAMES)
PARSERS = (
    IntermediateStatus,
    PrintLine,
    PrintTextBlock,
    StatusInformation,
    StatusReport,
    TerminalAbort,
)


def stream(data: bytes) -> None:
    """Feed a stream in chunks of the size that its first byte says."""
    size = data[0] + 1
    reader = ApduReader()
    for start in range(1, len(data), size):
        reader.receive_data(data[start : start + size])
        while True:
            try:
                apdu = reader.next_event()
            except WireError:
                continue
            if apdu is None:
                break
            look_into(apdu)
    describe(data[1:])


def message(data: bytes) -> None:
    """Decode one message; what decodes is written and read again."""
    control = COMMANDS[data[0] % len(COMMANDS)]
    body = data[1:0x10000]
    length = bytes([len(body)]) if len(body) < 0xFF else b"\xff" + len(body).to_bytes(2, "little")
    apdu = decode_apdu(control.to_bytes(2, "big") + length + body, shapes.STATUS_ENQUIRY)
    again = decode_apdu(apdu.encode(), shapes.STATUS_ENQUIRY)
    same = again.encode() == apdu.encode()
    require(same=same, story=f"Written and read again, {apdu} is {again}.")
    look_into(apdu)


def look_into(apdu: Apdu) -> None:
    """Read a message as each of its kinds, redact it and write it."""
    for parser in PARSERS:
        with contextlib.suppress(WireError):
            parser.parse(apdu)
    number_of(apdu)
    ids = MessageIds()
    ids.begin()
    ids.hear(apdu)
    with contextlib.suppress(WireError):
        ids.next_message(apdu).encode()
    redact_apdu(apdu).encode()


def serial(data: bytes) -> None:
    """Feed a serial reader, and read back what is framed."""
    reader = SerialReader()
    reader.receive_data(data)
    while True:
        try:
            if reader.next_event() is None:
                break
        except WireError:
            continue
    framed = SerialReader()
    framed.receive_data(encode_frame(data))
    event = framed.next_event()
    same = getattr(event, "apdu", None) == data
    require(same=same, story=f"Framed and read again, {data!r} is {event}.")


def line(data: bytes) -> None:
    """Drive a serial line: each byte is data, a pause, or a block of our own."""
    end, now = SerialLine(), 0.0
    for position, byte in enumerate(data):
        now += 0.01
        if byte == 0xF0 and not end.awaits_ack:
            end.send(data[:position], now)
        elif byte == 0xF1:
            now += 6.0
            end.time_passed(now)
        else:
            end.receive_data(data[position : position + 1], now)
        end.data_to_send()
        while end.next_event() is not None:
            pass


def dialogue(data: bytes) -> None:
    """Play a stream to a till whose command is the one that the first byte says."""
    command = Apdu(COMMANDS[data[0] % len(COMMANDS)])
    talk = Dialogue(command, t3=5.0, t4=180.0)
    talk.start(0.0)
    reader = ApduReader()
    reader.receive_data(data[1:])
    while not talk.ended and (apdu := reader.next_event(command.control)) is not None:
        talk.receive(apdu, 1.0)
        talk.next_deadline()


TARGETS: tuple[Target, ...] = (stream, message, serial, line, dialogue)


def seeds() -> Iterator[tuple[int, bytes]]:
    """Give every vector to every target."""
    from tests.drivers.zvt_vectors import apdus  # noqa: PLC0415 - behind the instrumentation

    for apdu in apdus():
        for number, target in enumerate(TARGETS):
            yield number, b"\xff" + (apdu[3:] if target is message else apdu)


if __name__ == "__main__":
    play(TARGETS, seeds())
