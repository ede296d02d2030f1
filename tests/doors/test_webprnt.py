import base64
import re
from xml.sax.saxutils import escape

import pytest

from tests.doors.tills import TillCounter

OUTER = (
    '<StarWebPrint xmlns="http://www.star-m.jp" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">'
    "<Request>{}</Request></StarWebPrint>"
)


async def send(counter: TillCounter, content: str) -> tuple[str, bytes]:
    """Post as Star's library does, and read the answer as its app path does: in the raw body."""
    answer = await counter.till.post(
        f"{counter.doors_url}/StarWebPRNT/SendMessage",
        content=OUTER.format(escape(f'<root papertype="normal">{content}</root>')),
        headers={"Content-Type": "text/xml; charset=UTF-8"},
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    found = re.search(
        r"&lt;success&gt;(\w+)&lt;/success&gt;&lt;code&gt;\d+&lt;/code&gt;"
        r"&lt;status&gt;([0-9a-f]{16,})&lt;/status&gt;",
        answer.text,
    )
    assert found, answer.text
    return found[1], bytes.fromhex(found[2])


async def test_text_codes_picture_and_cut_come_out() -> None:
    async with TillCounter() as counter:
        await counter.start()
        dots = base64.b64encode(bytes([0xAA, 0x55] * 4)).decode()
        success, status = await send(
            counter,
            '<initialization/><alignment position="center"/>'
            r'<text emphasis="true" width="2">De\x20Hoek\x0a</text><alignment position="left"/>'
            r'<text emphasis="false" width="1">1\\2\x26\x0a</text>'
            '<barcode symbology="JAN13" width="width2" hri="true">400638133393</barcode>'
            '<qrcode model="model2" level="level_m" cell="4">https://example.org</qrcode>'
            f'<bitimage width="16" height="4">{dots}</bitimage>'
            '<ruledline thickness="double_thin" width="300"/><feed line="2"/>'
            '<cutpaper feed="true" type="partial"/>',
        )
        assert success == "true"
        assert status[6] & 0x02
        text = (await counter.printer.wait_for_receipt()).text
        assert "De Hoek" in text
        assert r"1\2&" in text
        assert "4006381333931" in text
        assert counter.printer.complaints == []


async def test_the_drawer_opens_by_peripheral() -> None:
    async with TillCounter() as counter:
        await counter.start()
        assert (await send(counter, '<peripheral channel="1" on="200" off="200"/>'))[0] == "true"
        assert len(counter.printer.drawer_pulses) == 1


async def test_cover_and_paper_are_in_the_status() -> None:
    async with TillCounter() as counter:
        await counter.start()
        await counter.printer.hand("paper_out")
        assert (await send(counter, "<text>x</text>"))[0] == "false"
        while not (status := (await send(counter, ""))[1])[5] & 0x08:
            pass
        assert status[2] & 0x08
        assert not status[6] & 0x02


@pytest.mark.parametrize("content", ["<print>x</print>", "<rawdata>G0A=</rawdata>", "<bitimage/>"])
async def test_what_is_not_known_fails_and_prints_nothing(content: str) -> None:
    async with TillCounter() as counter:
        await counter.start()
        assert (await send(counter, content))[0] == "false"
        assert counter.printer.paper_text == ""
