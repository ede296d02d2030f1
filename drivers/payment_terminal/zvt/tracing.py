"""One message of the wire, for support: its name, and its bytes without card data.

What cannot be understood is not kept: nobody could say what is in it.
"""

from drivers.wire import WireError
from drivers.wire.zvt import redact_apdu, shapes
from drivers.wire.zvt.apdu import decode_apdu


def show(frame: bytes) -> tuple[str, str]:
    """Return the name of an APDU, and its redacted bytes in hexadecimal digits."""
    name = shapes.control_name(int.from_bytes(frame[:2], "big"))
    try:
        return name, redact_apdu(decode_apdu(frame)).encode().hex()
    except WireError:
        return f"{name} (not understood)", ""
