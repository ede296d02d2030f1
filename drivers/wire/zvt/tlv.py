"""TLV: tags, lengths and values, nested.

A tag whose low five bits are all set goes on in the next byte, and on while bit 8 is set there;
bit 6 of its first byte says that the value holds more TLVs. Tags are integers here, as printed in
the manual: 0x07, 0x1F10, 0x1F8000.

Values stay bytes until somebody asks for their children: a terminal that nests carelessly must
not cost a customer's payment.

Source: ZVT PA00P015 rev. 13.08, chapter TLV container.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from drivers.wire import WireError
from drivers.wire.zvt.numbers import read_ber_length, take, write_ber_length

MORE_TAG_BYTES = 0x1F
CONSTRUCTED = 0x20
TAG_GOES_ON = 0x80

LONGEST_TAG = 4
"""Bytes; the manual's longest tags have three (1F8000)."""
DEEPEST_NESTING = 8
"""Levels that are looked into; terminals nest three deep (62, 60, 43)."""


@dataclass(frozen=True, slots=True)
class Tlv:
    """One tag and its value."""

    tag: int
    value: bytes

    @property
    def constructed(self) -> bool:
        """True when the value is made of TLVs, by the tag's own word."""
        return bool(_tag_bytes(self.tag)[0] & CONSTRUCTED)

    def children(self) -> tuple["Tlv", ...]:
        """Return the TLVs of the value.

        Raises:
            WireError: The value is not made of TLVs.
        """
        return decode_tlvs(self.value)


def nest(tag: int, children: Iterable[Tlv]) -> Tlv:
    """Return a constructed TLV."""
    return Tlv(tag, encode_tlvs(children))


def decode_tlvs(data: bytes) -> tuple[Tlv, ...]:
    """Return all TLVs of `data`.

    Raises:
        WireError: A tag or length is cut off, or a value longer than what is there.
    """
    found = []
    position = 0
    while position < len(data):
        tag, position = _read_tag(data, position)
        length, position = read_ber_length(data, position)
        value, position = take(data, position, length)
        found.append(Tlv(tag, value))
    return tuple(found)


def encode_tlvs(tlvs: Iterable[Tlv]) -> bytes:
    """Return the TLVs one after another, every length in its shortest form."""
    return b"".join(
        _tag_bytes(tlv.tag) + write_ber_length(len(tlv.value)) + tlv.value for tlv in tlvs
    )


def walk(tlvs: Iterable[Tlv], depth: int = DEEPEST_NESTING) -> Iterator[Tlv]:
    """Yield every TLV with all that it holds, parents first; what does not parse is a leaf."""
    for tlv in tlvs:
        yield tlv
        if tlv.constructed and depth:
            yield from walk(children_or_none(tlv), depth - 1)


def find(tlvs: Iterable[Tlv], tag: int) -> bytes | None:
    """Return the value of the first `tag`, however deep, or None."""
    return next((tlv.value for tlv in walk(tlvs) if tlv.tag == tag), None)


def children_or_none(tlv: Tlv) -> tuple[Tlv, ...]:
    """Return the children, or nothing when the value is not made of TLVs."""
    try:
        return tlv.children()
    except WireError:
        return ()


def _read_tag(data: bytes, position: int) -> tuple[int, int]:
    (tag,), position = take(data, position, 1)
    if tag & MORE_TAG_BYTES != MORE_TAG_BYTES:
        return tag, position
    for _ in range(LONGEST_TAG - 1):
        (byte,), position = take(data, position, 1)
        tag = tag << 8 | byte
        if not byte & TAG_GOES_ON:
            return tag, position
    raise WireError(f"The tag {tag:X} does not end.")


def _tag_bytes(tag: int) -> bytes:
    return tag.to_bytes(max(1, (tag.bit_length() + 7) // 8), "big")
