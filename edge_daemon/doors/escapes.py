r"""The escapes of Epson's and Star's data: `\\` is a backslash, `\xNN` a byte."""

import re

_ESCAPE = re.compile(rb"\\(?:\\|x([0-9A-Fa-f]{2}))")


def unescape(text: str) -> bytes:
    """The bytes that are meant; what is no escape stays, in UTF-8."""
    return _ESCAPE.sub(
        lambda found: bytes.fromhex(found[1].decode()) if found[1] else b"\\",
        text.encode("utf-8", "surrogatepass"),
    )
