"""Whatever is sent to a door is answered in its words: no failure of the server, nothing paid.

One counter serves all examples, so each example costs a request.
"""

import asyncio
import json
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_daemon.records.payloads import PaymentEvent
from tests.doors.tills import TillCounter

EXAMPLES = 60

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
actions = st.sampled_from(["print_receipt", "cashbox", "", "status", "test_protocol"])
data = st.fixed_dictionaries(
    {},
    optional={
        "action": actions | json_values,
        "receipt": st.text(max_size=30) | json_values,
        "document": json_values,
        "action_unique_id": json_values,
        "amount": json_values,
        "messageType": st.sampled_from(["Cancel", "Balance"]) | json_values,
    },
)
params = st.fixed_dictionaries(
    {},
    optional={
        "data": data | data.map(json.dumps) | json_values,
        "receipt": st.sampled_from(["<receipt><line><left>x</left></line></receipt>", "<receipt"])
        | json_values,
        "payment_info": st.fixed_dictionaries({"amount": st.just(-1) | st.text()}) | json_values,
        "device_identifier": st.sampled_from(["printer", "scanner", "edge-0041"]) | json_values,
        "session_id": json_values,
    },
)
json_bodies = (
    params.map(lambda found: json.dumps({"id": 1, "params": found}).encode())
    | json_values.map(lambda found: json.dumps(found).encode())
    | st.binary(max_size=200)
    | st.just(b"[" * 100_000)
)
json_places = st.sampled_from(
    [
        "/hw_proxy/default_printer_action",
        "/hw_proxy/print_xml_receipt",
        "/hw_proxy/print_receipt",
        "/hw_proxy/status_json",
        "/hw_proxy/handshake",
        "/hw_proxy/payment_terminal_transaction_start",
        "/cups/printData",
        "/iot_drivers/action",
        "/hw_drivers/action",
    ]
)

names = st.sampled_from(
    [
        "text",
        "feed",
        "image",
        "logo",
        "barcode",
        "symbol",
        "hline",
        "page",
        "cut",
        "command",
        "area",
        "direction",
        "position",
        "line",
        "pulse",
        "sound",
        "layout",
        "bitimage",
        "qrcode",
        "pdf417",
        "cutpaper",
        "alignment",
        "ruledline",
        "peripheral",
        "rawdata",
    ]
)
attribute_names = st.sampled_from(
    [
        "align",
        "width",
        "height",
        "type",
        "level",
        "line",
        "unit",
        "x",
        "y",
        "x1",
        "x2",
        "style",
        "mode",
        "key1",
        "key2",
        "size",
        "dir",
        "hri",
        "em",
        "symbology",
        "position",
        "linespace",
        "cell",
        "font",
    ]
)
xml_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
values = st.integers(-2, 70_000).map(str) | st.sampled_from(["center", "ean13", "true", "JAN13"])


def element(name: str, attributes: dict[str, str], inner: str) -> str:
    stated = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    return f"<{name}{stated}>{inner}</{name}>"


attributes = st.dictionaries(attribute_names, values | xml_text, max_size=4)
elements = st.recursive(
    st.builds(element, names, attributes, xml_text.map(escape)),
    lambda inner: st.builds(element, names, attributes, st.lists(inner, max_size=3).map("".join)),
    max_leaves=6,
)


def epos(content: str) -> bytes:
    return f"<epos-print>{content}</epos-print>".encode()


def star(content: str) -> bytes:
    inner = escape(f"<root>{content}</root>")
    return f"<StarWebPrint><Request>{inner}</Request></StarWebPrint>".encode()


xml_bodies = st.tuples(
    st.lists(elements, max_size=5).map("".join) | st.text(max_size=40),
    st.sampled_from(["/cgi-bin/epos/service.cgi?timeout=2000", "/StarWebPRNT/SendMessage"]),
).map(lambda found: (found[1], (epos if "epos" in found[1] else star)(found[0])))


async def _send_all(requests: list[tuple[str, bytes]]) -> None:
    async with TillCounter(scopes=("print", "scan", "pay", "read")) as counter:
        await counter.start()
        for place, body in requests:
            answer = await counter.till.post(f"{counter.doors_url}{place}", content=body)
            assert answer.status_code < 500, (place, body)
            assert answer.headers["access-control-allow-origin"]
            _assert_well_formed(place, answer.content)
        assert await counter.payloads(PaymentEvent) == []
        assert counter.printer.drawer_pulses == []
        assert (await counter.call("/hw_proxy/handshake")).json()["result"] is True


def _assert_well_formed(place: str, content: bytes) -> None:
    if "epos" in place:
        assert b"<response success=" in content
    elif "Star" in place:
        assert b"&lt;success&gt;" in content
    else:
        answer: dict[str, Any] = json.loads(content)
        assert "cups_error" in answer or ("result" in answer) != ("error" in answer)


@pytest.mark.timeout(180)
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.tuples(json_places, json_bodies), min_size=EXAMPLES, max_size=EXAMPLES),
)
def test_any_json_is_answered(requests: list[tuple[str, bytes]]) -> None:
    asyncio.run(_send_all(requests))


@pytest.mark.timeout(180)
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(xml_bodies, min_size=EXAMPLES, max_size=EXAMPLES))
def test_any_xml_is_answered(requests: list[tuple[str, bytes]]) -> None:
    asyncio.run(_send_all(requests))
