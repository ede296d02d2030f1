import logging
import pathlib
import socket
import struct

import pytest

from edge_daemon.logs import (
    FIELD_BYTES,
    FORMAT,
    KEPT_LINES,
    RecentLines,
    RedactingFormatter,
    SystemdHandler,
    _handler,
    redact,
)

CANARY = "4111111111111111"


def test_a_card_number_in_a_message_or_an_error_is_not_logged() -> None:
    formatter = RedactingFormatter(FORMAT)
    error = ValueError(f"PAN {CANARY}")
    trace = (ValueError, error, None)
    record = logging.LogRecord(
        "test", logging.ERROR, __file__, 1, "read %s", (f";{CANARY}=2512101?",), trace
    )
    text = formatter.format(record)
    assert CANARY not in text
    assert "2512101" not in text
    assert "ValueError" in text


def test_what_opens_a_door_of_ours_is_not_logged() -> None:
    text = f"GET /v1/events?ticket=abc-123 with Bearer {CANARY[:4]}secret and pe_{'y' * 43}"
    assert redact(text) == "GET /v1/events?ticket=[token] with Bearer [token] and [token]"


def fields(datagram: bytes) -> dict[str, str]:
    """A record as systemd's manual of the native protocol describes it."""
    found = {}
    while datagram:
        line, _, rest = datagram.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (length,) = struct.unpack_from("<Q", rest)
            value, rest = rest[8 : 8 + length], rest[8 + length + 1 :]
        found[name.decode()] = value.decode()
        datagram = rest
    return found


def test_systemd_gets_fields_and_no_card(tmp_path: pathlib.Path) -> None:
    place = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(place))
        journal.settimeout(10)
        handler = SystemdHandler(place)
        try:
            error = ValueError(f"PAN {CANARY}")
            trace = (ValueError, error, None)
            record = logging.LogRecord(
                "edge_daemon.sales", logging.ERROR, __file__, 7, "lost", None, trace
            )
            handler.emit(record)
            found = fields(journal.recv(65536))
            handler.emit(logging.LogRecord("x", logging.INFO, "f", 1, "a" * 200_000, None, None))
            long = fields(journal.recv(200_000))
        finally:
            handler.close()
    assert found["MESSAGE"].startswith("lost\nValueError")
    assert CANARY not in found["MESSAGE"]
    assert found["PRIORITY"] == "3"
    assert (found["LOGGER"], found["CODE_LINE"], found["EXCEPTION"]) == (
        "edge_daemon.sales",
        "7",
        "ValueError",
    )
    assert len(long["MESSAGE"]) == FIELD_BYTES


def test_a_journal_that_does_not_read_stops_nobody(tmp_path: pathlib.Path) -> None:
    place = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(place))
        handler = SystemdHandler(place)
        for number in range(2000):
            handler.emit(logging.LogRecord("x", logging.INFO, "f", 1, f"{number}", None, None))
        handler.close()


def test_last_lines_are_kept_redacted_and_only_so_many() -> None:
    recent = RecentLines(lambda: 17)
    log = logging.getLogger("tests.of.logs")
    log.setLevel(logging.INFO)
    with recent.listening():
        for number in range(KEPT_LINES + 10):
            log.info("line %d", number)
        log.warning("card %s", CANARY)
    log.info("not heard any more")
    lines = recent.last(1000)
    assert len(lines) == KEPT_LINES
    assert (lines[0].at_us, lines[0].level, lines[0].source) == (17, "warning", "tests.of.logs")
    assert CANARY not in lines[0].text
    assert lines[1].text == f"line {KEPT_LINES + 9}"


def test_stderr_is_left_alone_where_systemd_did_not_connect_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "1:1")
    assert isinstance(_handler(), logging.StreamHandler)
