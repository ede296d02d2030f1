"""Every element that Epson's SDK can send is known, and has its effect or is left out on purpose.

The vocabulary: Epson ePOS SDK for JavaScript 2.14, what its builder lets through.
"""

from xml.etree.ElementTree import fromstring

import pytest

from drivers.pos_printer import (
    AnyElement,
    Barcode,
    Cut,
    Feed,
    Image,
    MatrixCode,
    Page,
    PageArea,
    PageDirection,
    PageLine,
    PagePosition,
    Raw,
    Run,
    Sound,
    StoredImage,
)
from edge_daemon.doors.epos.layout import LayoutError, Sheet

EFFECTS: dict[str, type[AnyElement] | None] = {
    "<text>x</text>": Run,
    "<feed/>": Feed,
    '<feed pos="cutting"/>': None,
    '<image width="8" height="1">gA==</image>': Image,
    '<logo key1="48" key2="49"/>': StoredImage,
    '<barcode type="code39">A</barcode>': Barcode,
    '<symbol type="qrcode_model_2">A</symbol>': MatrixCode,
    '<hline x1="0" x2="100"/>': Image,
    '<vline-begin x="10"/>': None,
    '<vline-end x="10"/>': None,
    "<page><text>x</text></page>": Page,
    "<rotate-begin/>": None,
    "<rotate-end/>": None,
    "<cut/>": Cut,
    "<pulse/>": None,
    '<sound pattern="pattern_a" repeat="3" cycle="1000"/>': Sound,
    '<sound pattern="none"/>': None,
    '<layout type="receipt" width="800"/>': None,
    "<recovery/>": None,
    "<reset/>": None,
    "<command>1b40</command>": Raw,
}


def read(xml: str) -> tuple[AnyElement, ...]:
    return Sheet(512, raw_commands=True).read(list(fromstring(f"<epos-print>{xml}</epos-print>")))  # noqa: S314 - of this file


@pytest.mark.parametrize("xml", EFFECTS)
def test_every_element_of_the_sdk_is_known(xml: str) -> None:
    effect = EFFECTS[xml]
    assert [type(each) for each in read(xml)] == ([] if effect is None else [effect])


def test_every_element_of_a_page_takes_effect() -> None:
    (page,) = read(
        '<page><area x="0" y="0" width="512" height="200"/><direction dir="bottom_to_top"/>'
        '<position x="10" y="20"/><line x1="0" y1="5" x2="500" y2="5" style="thick_double"/>'
        '<rectangle x1="0" y1="0" x2="511" y2="199" style="medium"/><text>x</text></page>'
    )
    assert isinstance(page, Page)
    assert page.elements[:5] == (
        PageArea(0, 0, 512, 200),
        PageDirection(1),
        PagePosition(10, 20),
        PageLine(0, 5, 500, 5, 3, double=True),
        PageLine(0, 0, 511, 199, 2, rectangle=True),
    )


def test_sound_is_bounded_as_the_buzzer_is() -> None:
    assert read('<sound pattern="error" repeat="0"/>') == (Sound(1, 1000),)
    assert read('<sound pattern="paper_end" repeat="255" cycle="65535"/>') == (Sound(63, 65_535),)


@pytest.mark.parametrize("wrong", ["<page><sound/></page>", '<sound repeat="often"/>', "<shout/>"])
def test_what_cannot_be_meant_is_refused(wrong: str) -> None:
    with pytest.raises(LayoutError):
        read(wrong)
