import re

import httpx
import pytest

from edge_daemon.records.payloads import RetailTransaction
from edge_daemon.sales import ReceiptLinks
from tests.stories.counter import CARD, Counter, sale, ulid

SHOP = 'digital_receipt_url = "https://bon.hoekwinkel.example"'
ADDRESS = re.compile(r"https://bon\.hoekwinkel\.example(/r/[A-Za-z0-9_-]{43})")


def address(counter: Counter, number: int = -1) -> str | None:
    """The path in the code on the paper."""
    codes = [mark.data for mark in counter.printer.receipts[number].marks]
    found = [match[1] for code in codes if (match := ADDRESS.fullmatch(code))]
    return found[0] if found else None


async def read(counter: Counter, path: str, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=counter.url, trust_env=False, timeout=30) as phone:
        return await phone.get(path, headers=headers)


async def test_customer_reads_the_receipt_at_the_address_on_the_paper() -> None:
    async with Counter(shop=SHOP) as counter:
        await counter.start()
        await counter.sell(**CARD)
        path = address(counter)
        assert path is not None
        answer = await read(counter, path, host="bon.hoekwinkel.example")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "no-store" in answer.headers["cache-control"]
        assert "Pindakaas" in answer.text
        assert "De Hoekwinkel" in answer.text


async def test_the_page_says_nothing_about_the_card() -> None:
    async with Counter(shop=SHOP) as counter:
        await counter.start()
        await counter.sell(**CARD)
        (sold,) = await counter.payloads(RetailTransaction)
        card = sold.tenders[0].card
        assert card is not None
        page = (await read(counter, address(counter) or "")).text
        told = [
            card.masked_pan[-4:] if card.masked_pan else None,
            card.authorization_code,
            card.terminal_id,
            card.application_id,
            card.application_label,
        ]
        lines = re.findall(r"<p[^>]*>(.*?)</p>", page)
        assert [each for each in told if each and any(each in line for line in lines)] == []


async def test_address_still_works_after_a_restart_and_on_a_copy() -> None:
    async with Counter(shop=SHOP) as counter:
        await counter.start()
        sale_id = ulid()
        await counter.sell(sale_id)
        path = address(counter)
        await counter.stop()
        await counter.start()
        await counter.put(f"/v1/sales/{sale_id}/receipt-copies/{ulid()}?wait=20", {})
        assert address(counter) == path
        page = await read(counter, path or "")
        assert page.status_code == 200
        assert "KOPIE" not in page.text


async def test_guessed_addresses_and_other_sales_are_not_found() -> None:
    async with Counter(shop=SHOP) as counter:
        await counter.start()
        await counter.sell()
        path = address(counter) or ""
        token = path.removeprefix("/r/")
        other = "A" if token[-5] != "A" else "B"
        for guess in (token[:-5] + other + token[-4:], token[:22], "x", "%00", token + token):
            assert (await read(counter, f"/r/{guess}")).status_code == 404


async def test_address_ends_with_its_days() -> None:
    async with Counter(shop=f"{SHOP}\ndigital_receipt_days = 2") as counter:
        await counter.start()
        await counter.sell()
        row_at = counter.daemon.journal.clock.now_us()
        links = ReceiptLinks(counter.daemon.state, counter.daemon.configuration.shop)
        day = 86_400_000_000
        assert not links.expired(row_at, row_at + 2 * day)
        assert links.expired(row_at, row_at + 2 * day + 1)


@pytest.mark.parametrize("shop", ["", SHOP], ids=["no address", "training"])
async def test_receipt_without_an_address_or_in_training_has_no_such_code(shop: str) -> None:
    async with Counter(shop=shop) as counter:
        await counter.start()
        await counter.sell(**sale(training=bool(shop)))
        assert address(counter) is None
        assert (await read(counter, "/r/" + "A" * 43)).status_code == 404
