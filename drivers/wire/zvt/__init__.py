"""ZVT: how a till (ECR) and a payment terminal (PT) talk, as values. No I/O, no clock.

Theory of operation. The ECR is master until it sends a command; the terminal acknowledges it
(80 00, or 84 xx with a reason) and is master until 06 0F (completion) or 06 1E (abort). In
between it sends intermediate statuses (04 FF), the result (04 0F) and receipts (06 D1, 06 D3),
and the ECR acknowledges each. The acknowledgement of 04 0F is what makes a payment stand.

    numbers, text, tlv, bitmaps, tags    the parts of a message
    shapes, apdu                         one message, and the stream of them
    serial                               the frames of a serial line
    requests, messages                   what an ECR asks, what a terminal says
    codes                                what their codes mean
    dialogue                             one command from its first byte to its completion
    describe                             a message in words, without card data

Both the driver and the simulator stand on this package and share nothing else.

Source: ZVT PA00P015 rev. 13.08 (application) and PA00P016 rev. 04 (transport).
"""

from drivers.wire.zvt.apdu import Apdu, ApduReader, decode_apdu
from drivers.wire.zvt.describe import describe, redact_apdu
from drivers.wire.zvt.serial import SerialReader, encode_frame

__all__ = [
    "Apdu",
    "ApduReader",
    "SerialReader",
    "decode_apdu",
    "describe",
    "encode_frame",
    "redact_apdu",
]
