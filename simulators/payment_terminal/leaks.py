"""A terminal that says too much: whole card data in every place where some can stand.

Nothing of it may be found again in anything that a till, an office or a simulator leaves behind.
The card was never made; its digits were chosen so that they are found wherever they turn up.
"""

from collections.abc import Iterable

from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.bitmaps import TLV_CONTAINER, Bitmap, container
from drivers.wire.zvt.tlv import Tlv

PAN = "4929847362015582"
"""Its check digit fits (ISO/IEC 7812-1); the six digits that are never shown are 736201."""
DISCRETIONARY = "9182736450"
"""The part of the tracks that only the bank knows."""
TRACK_1 = f"%B{PAN}^CANARIS/C^2912201{DISCRETIONARY}?"
TRACK_2 = f"{PAN}=2912201{DISCRETIONARY}"
VERIFICATION_VALUE = "0739"

SECRETS = (PAN, PAN[4:12], DISCRETIONARY)
"""What has to be searched for, as digits. The six that are never shown have two before them: six
alone turn up by chance, in a time or in an identifier."""

SLIP_LINES = (f"Kaart {PAN}", f"PAN: {' '.join(PAN[i : i + 4] for i in range(0, 16, 4))}")
DISPLAY_LINES = (f"Karte {PAN}",)


def leaking(apdu: Apdu) -> Apdu:
    """Return a result with whole card data in its bitmaps, its texts and its tags."""
    number = bytes.fromhex(PAN)
    track_2 = bytes.fromhex((TRACK_2.replace("=", "D") + "F")[: (len(TRACK_2) + 1) // 2 * 2])
    bitmaps = [
        bitmap
        for bitmap in apdu.bitmaps
        if bitmap.number not in {0x22, 0x3C, 0x8A, 0x8B, TLV_CONTAINER}
    ]
    bitmaps += [
        Bitmap(0x22, number),
        Bitmap(0x23, track_2),
        Bitmap(0x24, track_2),
        Bitmap(0x2D, TRACK_1.encode()),
        Bitmap(0x2E, number),
        Bitmap(0x3A, bytes.fromhex(VERIFICATION_VALUE)),
        Bitmap(0x8B, f"Card {PAN}\0".encode()),
        Bitmap(0x3C, f"Karte {PAN} {TRACK_2}".encode()),
    ]
    return Apdu(
        apdu.control, apdu.head, (*bitmaps, container(*apdu.tlvs(), *_tags(number, track_2)))
    )


def _tags(number: bytes, track_2: bytes) -> Iterable[Tlv]:
    return (
        Tlv(0x5A, number),
        Tlv(0x57, track_2),
        Tlv(0x1F08, TRACK_1.encode()),
        Tlv(0x1F09, track_2),
        Tlv(0x1F0A, track_2),
        Tlv(0x1F17, f"card {PAN} refused".encode()),
        Tlv(0x44, f"Card {PAN}".encode()),
        Tlv(0x45, PAN.encode()),
        Tlv(0x1F7E, number),
    )
