import base64
import hashlib
import html.parser
import re

import msgspec
import pytest

from edge_daemon.receipts import layout, to_html, to_text
from edge_daemon.receipts.document import ReceiptDocument
from edge_daemon.receipts.page import COLUMNS, POLICY
from tests.edge_daemon.receipts.documents import CARD_RECEIPT, CARD_SLIP, CASH_RECEIPT
from tests.edge_daemon.receipts.shops import RECEIPTS

replace = msgspec.structs.replace


class Page(html.parser.HTMLParser):
    """What a browser makes of the page: its lines, its tags, the addresses that it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self._in_line = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag == "p":
            self.lines.append("")
            self._in_line = True

    def handle_endtag(self, tag: str) -> None:
        self._in_line = self._in_line and tag != "p"

    def handle_data(self, data: str) -> None:
        if self._in_line:
            self.lines[-1] += data


def words(lines: list[str]) -> list[list[str]]:
    return [line.split() for line in lines if line.strip()]


def on_paper(receipt: ReceiptDocument) -> list[str]:
    text = to_text(layout(receipt, COLUMNS), COLUMNS)
    return [line for line in text.splitlines() if "[QR" not in line and "- - -" not in line]


@pytest.mark.parametrize("receipt", RECEIPTS.values(), ids=RECEIPTS)
def test_page_says_what_the_paper_says_without_the_card(receipt: ReceiptDocument) -> None:
    tenders = tuple(replace(tender, label=None) for tender in receipt.tenders)
    paper = on_paper(replace(receipt, slips=(), tenders=tenders, link=None))
    assert words(Page(to_html(receipt)).lines) == words(paper)


def test_page_holds_nothing_of_a_card() -> None:
    page = to_html(CARD_RECEIPT)
    told = (
        CARD_SLIP.application_label,
        CARD_SLIP.application_id,
        CARD_SLIP.authorization_code,
        CARD_SLIP.terminal_id,
        "1234<",
        "****",
    )
    shop_numbers = f"{CARD_RECEIPT.shop.company_number}"
    page = page.replace(shop_numbers, "")
    assert [each for each in told if each and each in page] == []


def test_description_is_text_and_never_markup() -> None:
    attack = "<script>alert(1)</script><img src=x>"
    line = replace(CASH_RECEIPT.lines[0], description=attack)
    page = Page(to_html(replace(CASH_RECEIPT, lines=(line,), language='"><script>')))
    assert "script" not in page.tags
    assert attack[:8] in "".join(page.lines)


def test_page_loads_nothing_and_its_policy_lets_it_load_nothing() -> None:
    text = to_html(CASH_RECEIPT)
    assert [address for address in Page(text).addresses if not address.startswith("data:")] == []
    style = re.findall("<style>(.*)</style>", text)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in POLICY
    assert "default-src 'none'" in POLICY
    assert " style=" not in text
