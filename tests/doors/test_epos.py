import asyncio
import base64
import re
from typing import Any

import httpx
import pytest
from defusedxml.ElementTree import fromstring
from PIL import Image

from edge_daemon.devices import Readiness
from edge_daemon.pictures import packed_dots
from edge_daemon.records.payloads import DrawerEvent, ReceiptEvent
from tests.doors.tills import ORIGIN, TillCounter, until
from tests.shifting_loop import hurry

SDK = {
    "Content-Type": "text/xml; charset=utf-8",
    "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT",
    "SOAPAction": '""',
}
HEALTHY = 0x0F000010
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">{header}<s:Body>'
    '<epos-print xmlns="http://www.epson-pos.com/schemas/2011/03/epos-print">{content}'
    "</epos-print></s:Body></s:Envelope>"
)
JOB = (
    '<s:Header><parameter xmlns="http://www.epson-pos.com/schemas/2011/03/epos-print">'
    "<devid>local_printer</devid><timeout>10000</timeout><printjobid>{}</printjobid>"
    "</parameter></s:Header>"
)


async def post(
    counter: TillCounter,
    content: str,
    *,
    header: str = "",
    query: str = "devid=local_printer&timeout=10000",
    **more: Any,
) -> httpx.Response:
    """Call as Epson's library does."""
    return await counter.till.post(
        f"{counter.doors_url}/cgi-bin/epos/service.cgi?{query}",
        content=ENVELOPE.format(header=header, content=content),
        **({"headers": SDK} | more),
    )


async def ask(counter: TillCounter, content: str, **more: Any) -> tuple[str, str, int]:
    """Post, and read the answer as Epson's library and Odoo both do: an unprefixed `response`."""
    answer = await post(counter, content, **more)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    fromstring(answer.content)
    found = re.search(r'<response success="(\w+)" code="(\w*)" status="(\d+)"', answer.text)
    assert found, answer.text
    return found[1], found[2], int(found[3])


async def test_text_with_lasting_attributes_codes_and_cut_come_out() -> None:
    async with TillCounter() as counter:
        await counter.start()
        answer = await ask(
            counter,
            '<text lang="nl"/><text align="center"/><text width="2" height="2"/>'
            "<text>De Hoek&#10;</text>"
            '<text width="1" height="1"/><text align="left"/><text em="true">Thee </text>'
            '<text em="false">&lt;2&gt; &amp; €&#10;</text><feed line="1"/>'
            '<barcode type="ean13" hri="below" width="2" height="60">400638133393</barcode>'
            '<symbol type="qrcode_model_2" level="level_m" width="4">https://example.org</symbol>'
            '<hline x1="0" x2="400" style="thick_double"/><sound pattern="pattern_a"/>'
            '<layout type="receipt" width="800"/><cut type="feed"/>',
        )
        assert answer == ("true", "", HEALTHY | 0x2)
        text = (await counter.printer.wait_for_receipt()).text
        assert "De Hoek" in text
        assert "Thee <2> & €" in text
        assert "4006381333931" in text
        assert "https://example.org" in text
        assert counter.printer.complaints == []


async def test_odoo_prints_a_picture_without_preflight_or_padding() -> None:
    async with TillCounter() as counter:
        await counter.start()
        bits = "".join("1" if (x + y) % 7 == 0 else "0" for y in range(30) for x in range(509))
        packed = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
        image = (
            f'<image width="509" height="30" align="center">{base64.b64encode(packed).decode()}'
            "</image><cut type='feed'/>"
        )
        headers = {"Content-Type": "text/plain;charset=UTF-8"}
        answer = await ask(counter, image, headers=headers, query="devid=local_printer")
        assert answer[0] == "true"
        receipt = await counter.printer.wait_for_receipt()
        pieces = [piece for line in receipt.lines for piece in line.pieces]
        assert sum(piece.height for piece in pieces) == 30
        assert {piece.width for piece in pieces} == {512}


def test_packed_rows_are_the_rows_that_pillow_packs() -> None:
    for width in (1, 7, 8, 9, 509):
        height = 11
        picture = Image.new("1", (width, height))
        for number in range(0, width * height, 3):
            picture.putpixel((number % width, number // width), 1)
        bits = "".join("01"[number % 3 == 0] for number in range(width * height))
        length = -(-len(bits) // 8)
        packed = int(bits.ljust(length * 8, "0"), 2).to_bytes(length)
        assert packed_dots(width, height, packed) == picture.tobytes()
        assert packed_dots(width, height, picture.tobytes()) == picture.tobytes()


async def test_a_bare_pulse_opens_the_drawer_and_prints_nothing() -> None:
    async with TillCounter() as counter:
        await counter.start()
        assert (await ask(counter, "<pulse/>"))[:2] == ("true", "")
        assert len(counter.printer.drawer_pulses) == 1
        assert await counter.payloads(ReceiptEvent) == []
        assert [each.event for each in await counter.payloads(DrawerEvent)] == ["Opened"]


async def test_an_empty_document_asks_for_the_status_and_trouble_is_in_its_bits() -> None:
    async with TillCounter() as counter:
        await counter.start()
        success, code, status = await ask(counter, "")
        assert (success, code) == ("true", "")
        assert status & 0x0F000010 == HEALTHY
        assert not status & (0x1 | 0x8 | 0x20 | 0x80000)
        await counter.printer.hand("open_cover")
        while not (status := (await ask(counter, ""))[2]) & 0x20:
            pass
        assert status & 0x8
        assert (await ask(counter, "<text>x</text>"))[:2] == ("false", "EPTR_COVER_OPEN")
        await counter.printer.hand("paper_out")
        await counter.printer.hand("close_cover")
        while not (status := (await ask(counter, ""))[2]) & 0x80000:
            pass
        assert (await ask(counter, "<text>x</text>"))[:2] == ("false", "EPTR_REC_EMPTY")


async def test_a_dead_printer_is_told_at_once_and_within_the_time_limit() -> None:
    async with TillCounter() as counter:
        await counter.start()
        await counter.printer.hand("power_off")
        await hurry(counter.daemon.devices.wait_until("printer", Readiness.OFFLINE))
        assert await ask(counter, "") == ("true", "", 1)
        assert await ask(counter, "<text>x</text>") == ("false", "EX_BADPORT", 1)


async def test_a_print_that_takes_too_long_ends_before_the_till_gives_up() -> None:
    async with TillCounter() as counter:
        await counter.start()
        counter.printer.faults.switch("buffer_full", on=True)
        loop = asyncio.get_running_loop()
        started = loop.time()
        answer = await ask(counter, "<text>x</text>", query="devid=local_printer&timeout=1500")
        assert loop.time() - started < 60
        assert answer[:2] == ("false", "EX_TIMEOUT")
        counter.printer.faults.switch("buffer_full", on=False)
        await hurry(until(lambda: not counter.daemon.printing._acts._running))
        assert (await ask(counter, "<text>x</text>"))[0] == "true"
        receipts = await counter.payloads(ReceiptEvent)
        assert receipts[-1].state == "Copy"
        assert "KOPIE" in counter.printer.paper_text


async def test_jobs_with_an_id_can_be_asked_for() -> None:
    async with TillCounter() as counter:
        await counter.start()
        header = JOB.format("ABC&amp;1")
        printed = await post(counter, "<text>x</text><cut/>", header=header)
        assert "<printjobid>ABC&amp;1</printjobid>" in printed.text
        assert (await ask(counter, "", header=header))[:2] == ("true", "")
        assert (await ask(counter, "", header=JOB.format("other")))[:2] == ("false", "JobNotFound")
        assert len(counter.printer.receipts) == 1


async def test_a_job_name_that_comes_again_with_other_content_is_another_print() -> None:
    async with TillCounter() as counter:
        await counter.start()
        header = JOB.format("same")
        both = (f"<text>{word}</text><cut/>" for word in ("first", "second"))
        answers = await asyncio.gather(*(ask(counter, each, header=header) for each in both))
        assert [answer[0] for answer in answers] == ["true", "true"]
        assert len(counter.printer.receipts) == 2


async def test_a_repeat_that_joins_opens_the_drawer_no_second_time() -> None:
    async with TillCounter() as counter:
        await counter.start()
        counter.printer.faults.switch("buffer_full", on=True)
        content = "<pulse/><text>x</text><cut/>"
        query = "devid=local_printer&timeout=1200"
        assert (await ask(counter, content, query=query))[1] == "EX_TIMEOUT"
        assert (await ask(counter, content, query=query))[1] == "EX_TIMEOUT"
        assert len(counter.printer.drawer_pulses) == 1
        counter.printer.faults.switch("buffer_full", on=False)
        assert len((await counter.printer.wait_for_receipt(seconds=40)).text) > 0
        assert len(counter.printer.receipts) == 1


async def test_the_same_document_at_the_same_time_is_one_print_and_one_pulse() -> None:
    async with TillCounter() as counter:
        await counter.start()
        answers = await asyncio.gather(*(ask(counter, "<pulse/><text>x</text>") for _ in range(4)))
        assert {answer[0] for answer in answers} == {"true"}
        assert len(counter.printer.drawer_pulses) == 1
        assert counter.printer.paper_text.count("x") == 1


async def test_other_printers_have_other_names() -> None:
    async with TillCounter() as counter:
        await counter.start()
        assert (await ask(counter, "<text>x</text>", query="devid=kitchen"))[0] == "true"
        assert (await ask(counter, "<text>x</text>", query="devid=printer"))[0] == "true"
        unknown = await ask(counter, "<text>x</text>", query="devid=nobody")
        assert unknown[:2] == ("false", "DeviceNotFound")


async def test_probes_of_clients_are_answered_as_a_printer_answers_them() -> None:
    async with TillCounter() as counter:
        await counter.start(devices=False)
        service = f"{counter.doors_url}/cgi-bin/epos/service.cgi"
        assert (await counter.till.get(service)).status_code == 405
        assert (await counter.till.get(f"{counter.doors_url}/socket.io/1/")).status_code == 404
        display = await counter.till.post(
            f"{counter.doors_url}/cgi-bin/eposDisp/service.cgi?devid=local_display",
            content="<text>Fish & Chips</text>",
        )
        assert 'success="false"' in display.text


@pytest.mark.parametrize(
    "content",
    [
        "<nonsense/>",
        '<barcode type="ean14">1</barcode>',
        '<barcode type="ean13">1</barcode>',
        '<symbol type="qr">1</symbol>',
        '<image width="8" height="1">AAAA</image>',
        '<image width="65535" height="65535">AAAA</image>',
        '<image width="8" height="1">%%</image>',
        '<feed line="-1"/>',
        "<page><cut/></page>",
        "<command>1b40</command>",
        '<logo key1="1" key2="2"/>',
    ],
)
async def test_what_cannot_be_printed_is_a_schema_error_and_leaves_no_trace(content: str) -> None:
    async with TillCounter() as counter:
        await counter.start()
        assert (await ask(counter, content))[:2] == ("false", "SchemaError")
        assert counter.printer.paper_text == ""


async def test_commands_are_passed_on_where_configured_but_none_to_the_drawer() -> None:
    async with TillCounter() as counter:
        counter.relay = counter.relay.replace('"epos"', '"epos"\nraw_commands = true')
        await counter.start()
        bold = b"\x1bE\x01fat\n".hex()
        assert (await ask(counter, f"<command>{bold}</command><cut/>"))[0] == "true"
        for forbidden in (
            b"\x1bp\x00\x32\x32",
            b"\x10\x14\x01\x00\x01",
            b"\x10\x04\x01",
            b"\x1d\xff",
        ):
            answer = await ask(counter, f"<command>{(b'x' + forbidden).hex()}</command>")
            assert answer[:2] == ("false", "SchemaError")
        assert counter.printer.drawer_pulses == []


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><epos-print><text>&i;</text></epos-print>"
)
EXTERNAL = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    "<epos-print><text>&a;</text></epos-print>"
)


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        EXTERNAL,
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><epos-print/>',
        "<epos-print>" + "<page>" * 3000 + "</page>" * 3000 + "</epos-print>",
        "<epos-print>" + "<text/>" * 30_000 + "</epos-print>",
        "",
        "\x00",
        "<epos-print",
    ],
    ids=["bomb", "external", "dtd", "deep", "many", "empty", "nul", "torn"],
)
async def test_hostile_xml_is_a_schema_error(body: str) -> None:
    async with TillCounter() as counter:
        await counter.start(devices=False)
        for place, word in (
            ("/cgi-bin/epos/service.cgi", "SchemaError"),
            ("/StarWebPRNT/SendMessage", "&lt;success&gt;false"),
        ):
            answer = await counter.till.post(f"{counter.doors_url}{place}", content=body)
            assert answer.status_code == 200
            assert word in answer.text
        xml = await counter.call("/hw_proxy/print_xml_receipt", {"receipt": body})
        assert xml.status_code == 200
