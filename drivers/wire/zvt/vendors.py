"""Result codes that makers add to the manual's, as overlays over `codes.RESULTS`.

Low codes belong to the host of the network operator; these makers give some of them a meaning of
their own. To add a maker, add its dictionary here and nothing else.

Source: EVerest/zvt, `zvt/src/constants.rs` (codes of Feig cVEND terminals with a Lavego host).
"""

from collections.abc import Mapping

_LAVEGO = {
    0x02: "Declined: the customer should call the bank.",
    0x05: "Declined by the bank.",
    0x13: "Too many contactless payments in a row. Insert the card and enter the PIN.",
    0x21: "The card has expired.",
    0x33: "The PIN is needed. Insert the card.",
    0x3A: "The terminal's id is not activated. Call its supplier.",
    0x3D: "The PIN is needed. Insert the card.",
    0x41: "The PIN is needed. Insert the card.",
}

VENDORS: Mapping[str, Mapping[int, str]] = {"feig": _LAVEGO, "lavego": _LAVEGO}
