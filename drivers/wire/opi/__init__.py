"""OPI (O.P.I., IFSF-derived): how a till and a payment terminal talk in XML, as values.

Theory of operation. The till dials the terminal (channel 0), sends one request and gets one
response. While the terminal works on it, the terminal dials the till (channel 1) and asks for the
till's devices: show this text, print this receipt, ask the cashier; each such request is answered.
Both channels close after the response on channel 0. A login comes before everything else.

    frames              a length and an XML document, again and again
    documents           XML to elements and back, without entities
    messages            requests, responses and device requests
    reading, writing    documents to messages and back
    description         a message in words, for support
    words               what the attributes say

Both the driver and the simulator stand on this package and share nothing else.

An honest doubt, and a large one: no public specification was found. What is in here comes from one
implementation in the field and its tests; what is marked "unverified" comes from the family of
protocols that OPI belongs to, and was never seen on a wire.

Source: tillhub/payment-engine `payment-plugins/opi` (MIT, 2025-07) and its `ConvertersTest.kt`.
"""

from drivers.wire.opi.documents import redact_xml
from drivers.wire.opi.frames import FrameReader, encode_frame
from drivers.wire.opi.messages import Message
from drivers.wire.opi.reading import decode
from drivers.wire.opi.writing import encode

__all__ = ["FrameReader", "Message", "decode", "encode", "encode_frame", "redact_xml"]
