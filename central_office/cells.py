"""What shops wrote, on an administrator's terminal: as it stands, and nothing but text."""

from rich.text import Text


def cell(value: object) -> Text:
    """A cell of a table: brackets are no markup, and an escape sequence moves no cursor."""
    text = "" if value is None else str(value)
    return Text("".join(one if one.isprintable() else "\ufffd" for one in text))
