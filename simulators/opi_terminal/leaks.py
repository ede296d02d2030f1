"""An OPI terminal that says too much: whole card data in every place where some can stand."""

import re

from simulators.payment_terminal.leaks import DISPLAY_LINES, PAN, SLIP_LINES, TRACK_1, TRACK_2

_MORE = (
    f"<CardValue><CardPAN>{PAN}</CardPAN><Track1>{TRACK_1}</Track1><Track2>{TRACK_2}</Track2>"
    f"</CardValue><PrivateData><ErrorText>Karte {PAN}</ErrorText></PrivateData>"
)
_LINES = "".join(f"<TextLine>{line}</TextLine>" for line in (*SLIP_LINES, *DISPLAY_LINES))


def leaking(document: bytes) -> bytes:
    """Return a document with whole card data in its attributes, its texts and beside them."""
    text = re.sub('CardPAN="[^"]*"', f'CardPAN="{PAN}"', document.decode())
    if "</Output>" in text:
        text = text.replace("</Output>", f"{_LINES}</Output>", 1)
    elif "</CardServiceResponse>" in text:
        text = text.replace("</CardServiceResponse>", f"{_MORE}</CardServiceResponse>")
    return text.encode()
