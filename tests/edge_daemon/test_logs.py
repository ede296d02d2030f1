import logging

from edge_daemon.logs import FORMAT, RedactingFormatter

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
