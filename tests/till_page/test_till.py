import asyncio
import re

import pytest
from playwright.async_api import expect

from edge_daemon.records.payloads import PriceInquiry, RetailTransaction, TransactionStatus
from tests.doors.browser import needs_chromium
from tests.status_page.browser import PHONE
from tests.stories.counter import Counter, ulid
from tests.till_page.shop import COLA, MILK, WebTill, stock_the_shelf, till_address

TYPE = """(code) => [...code, "Enter"].forEach((key) =>
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })))"""
"""As quickly as a scanner does."""

pytestmark = [
    needs_chromium,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="package"),  # one browser and one shop for all of them
]


async def last_sale(counter: Counter) -> RetailTransaction:
    sale: RetailTransaction = (await counter.payloads(RetailTransaction))[-1]
    return sale


async def test_cash_is_counted_out_and_rounded(counter: Counter, till: WebTill) -> None:
    await till.scan(MILK, "Melk 1 l")
    await till.pay()
    await till.press_words("€ 5,00")
    await till.shows("was_paid")
    await expect(till.page.locator(".change strong")).to_have_text(re.compile("3,70"))
    sale = await last_sale(counter)
    assert (sale.totals.gross, sale.rounding_amount, sale.totals.change) == (129, 1, 370)
    assert sale.line_items[0].entry_method == "Scanned"
    await till.press("next_customer")
    await expect(till.page.locator(".ticket .lines")).to_have_count(0)


async def test_a_declined_card_is_said_and_the_sale_goes_on_with_cash(
    counter: Counter, till: WebTill
) -> None:
    await till.touch("Paraplu")
    await till.touch("Cola 1,5 l")
    await till.pay()
    await till.press("card")
    await till.shows("phase_waiting_for_card")
    await till.counter.terminal.hand("tap", card="empty")
    await till.shows("payment_declined")  # there is no money on it
    await expect(till.page.locator(".due strong")).to_have_text(re.compile("15,69"))
    await till.press_words("€ 20,00")
    await till.shows("was_paid")
    sale = await last_sale(counter)
    assert [each.line_type for each in sale.line_items] == ["Sale", "Sale", "Deposit"]
    await till.press("next_customer")


async def test_a_sale_is_found_again_by_a_page_that_is_loaded_anew(
    counter: Counter, till: WebTill
) -> None:
    before = len(await counter.payloads(RetailTransaction))
    booked = counter.terminal.ledger.booked()
    await till.scan(COLA, "Cola 1,5 l")
    await till.page.reload()
    await expect(till.page.locator(".ticket .lines").get_by_text("Cola 1,5 l")).to_be_visible()
    await till.pay()
    await till.press("card")
    await till.shows("phase_waiting_for_card")
    await till.page.reload()
    await till.shows("stop_payment")
    await till.counter.terminal.hand("tap")
    await till.shows("was_paid")
    sales = (await counter.payloads(RetailTransaction))[before:]
    assert [each.status for each in sales] == [TransactionStatus.COMPLETED]
    assert counter.terminal.ledger.booked() - booked == 274
    await till.press("next_customer")


async def test_paper_that_ends_is_told_with_what_to_do(till: WebTill) -> None:
    await till.counter.printer.hand("paper_out")
    await till.scan(MILK, "Melk 1 l")
    await till.pay()
    await till.press_words("€ 5,00")
    await till.shows("receipt_failed")
    await till.counter.printer.hand("replace_paper")
    printed = len(till.counter.printer.receipts)
    await till.press("print_copy")
    receipt = await till.counter.printer.wait_for_receipt(printed + 1)
    assert "KOPIE" in receipt.text
    await till.press("next_customer")


async def test_what_is_not_in_the_catalogue_is_sold_at_a_typed_price(till: WebTill) -> None:
    till.counter.scanner.scan("4006381333931")
    await till.shows("type_its_price")
    await till.page.get_by_label(till.say("price"), exact=True).fill("3,95")
    await till.press("ok")
    await expect(till.page.locator(".total strong")).to_have_text(re.compile("3,95"))
    await till.press("give_up")
    await till.press("give_up")
    await expect(till.page.locator(".ticket .lines")).to_have_count(0)


async def test_a_scanner_that_types_is_heard_and_a_misread_is_not_sold(till: WebTill) -> None:
    await till.page.evaluate(TYPE, MILK)
    await expect(till.page.locator(".ticket .lines").get_by_text("Melk 1 l")).to_be_visible()
    await till.press("give_up")
    await till.press("give_up")
    await expect(till.page.locator(".ticket .lines")).to_have_count(0)


async def test_an_answer_that_is_lost_is_asked_for_again_and_paid_once(
    till: WebTill,
) -> None:
    before = till.counter.terminal.ledger.booked()
    lost = 0

    async def lose(route: object) -> None:
        nonlocal lost
        lost += 1
        if lost == 1:  # the box has it, and its answer gets lost
            await route.fetch()  # type: ignore[attr-defined]  # playwright's Route
            await route.abort()  # type: ignore[attr-defined]  # playwright's Route
        else:
            await route.continue_()  # type: ignore[attr-defined]  # playwright's Route

    await till.page.route(re.compile(r"/v1/sales/\w+\?wait"), lose)
    await till.scan(MILK, "Melk 1 l")
    await till.pay()
    await asyncio.gather(till.press("card"), till.tap_when_asked())
    await till.shows("was_paid")
    assert lost >= 2
    assert till.counter.terminal.ledger.booked() - before == 129
    await till.press("next_customer")


async def test_a_cashier_asks_a_manager_for_a_discount(counter: Counter, till: WebTill) -> None:
    await till.sign_off()
    await till.sign_on("Bram", "1470")
    await till.scan(MILK, "Melk 1 l")
    await till.press("discount")
    await till.press_words("50%")
    await till.pay()
    await till.press_words(re.compile("Gepast"))
    await till.shows("approval")
    await till.page.get_by_role("dialog").get_by_role("button", name="Anna").click()
    await till.page.get_by_label(till.say("pin"), exact=True).fill("2580")
    await till.press("ok")
    await till.shows("was_paid")
    sale = await last_sale(counter)
    assert sale.totals.gross == 64
    await till.press("next_customer")
    await till.sign_off()
    await till.sign_on("Anna", "2580")


async def test_a_phone_shows_the_shelf_and_the_receipt_in_turn(till: WebTill) -> None:
    await till.page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    await till.touch("Stroopwafels")
    await expect(till.page.locator(".ticket")).to_be_hidden()
    await till.page.locator(".bar").click()
    await expect(till.page.locator(".ticket .lines")).to_be_visible()
    await till.pay()
    await till.press_words(re.compile("Gepast"))
    await till.shows("was_paid")
    await till.press("next_customer")
    await expect(till.page.get_by_role("button", name="Stroopwafels")).to_be_visible()


async def test_a_payment_that_the_terminal_forgot_is_decided_by_a_person(till: WebTill) -> None:
    await till.scan(MILK, "Melk 1 l")
    await till.pay()
    for fault in ("no_repeat_receipt", "drop_after_status_information"):
        till.counter.terminal.faults.switch(fault, on=True)
    await till.press("card")
    await till.tap_when_asked()
    await till.shows("payment_review")
    till.counter.terminal.faults.switch("no_repeat_receipt", on=False)
    await till.press("decide")
    await till.page.get_by_role("radio", name=till.say("decide_not_paid")).check()
    await till.page.get_by_label(till.say("decide_why")).fill("niet op het dagtotaal")
    await till.press("ok")
    await till.shows("payment_not_done")
    await till.press_words("€ 5,00")
    await till.shows("was_paid")
    await till.press("next_customer")


async def test_a_signature_is_compared_before_the_sale_ends(till: WebTill) -> None:
    till.counter.terminal.faults.switch("signature_required", on=True)
    await till.touch("Koffie 500 g")
    await till.pay()
    await till.press("card")
    await till.tap_when_asked()
    await till.shows("payment_signature")
    await till.press("signature_good")
    await till.shows("was_paid")
    await till.press("next_customer")


async def test_what_another_register_has_taken_up_is_taken_over_only_on_purpose(
    counter: Counter, till: WebTill
) -> None:
    await till.scan(MILK, "Melk 1 l")
    await till.press("park")
    await till.page.get_by_label(till.say("note")).fill("blauwe tas")
    await till.press("park")
    await till.shows("is_parked")
    (parked,) = (await counter.get("/v1/suspended-sales")).json()["suspended_sales"]
    other = {"workstation": "till-1", "operator_id": "op-1"}
    path = f"/v1/suspended-sales/{parked['id']}/resumptions/{ulid()}"
    assert (await counter.put(path, other)).status_code == 200
    await till.menu("parked")
    await till.page.get_by_role("button", name=re.compile("blauwe tas")).click()
    await till.shows("take_over_words", till="till-1")
    await till.press("take_over")
    await expect(till.page.locator(".ticket .lines").get_by_text("Melk 1 l")).to_be_visible()
    await till.press("give_up")
    await till.press("give_up")
    await expect(till.page.locator(".ticket .lines")).to_have_count(0)
    assert (await counter.get("/v1/suspended-sales")).json()["suspended_sales"] == []


async def test_a_finished_sale_is_undone_and_its_money_goes_back(
    counter: Counter, till: WebTill
) -> None:
    before = counter.terminal.ledger.booked()
    await till.touch("Paraplu")
    await till.pay()
    await till.press("card")
    await till.tap_when_asked()
    await till.shows("was_paid")
    await till.press("void")
    await till.press("void")
    await till.shows("was_voided")
    assert counter.terminal.ledger.booked() == before
    await till.press("next_customer")


async def test_a_wrong_pin_is_refused_in_words(till: WebTill) -> None:
    await till.sign_off()
    await till.page.get_by_role("button", name="Bram").click()
    await till.page.get_by_label(till.say("pin"), exact=True).fill("0000")
    await till.press("ok")
    await till.shows("refused_wrong_pin")
    await till.page.keyboard.press("Escape")
    await till.sign_on("Anna", "2580")


async def test_a_price_that_changed_meanwhile_is_shown_before_it_is_charged(
    counter: Counter, till: WebTill
) -> None:
    await till.touch("Stroopwafels")
    await stock_the_shelf(counter, wafels=299)
    await till.pay()
    await till.press_words(re.compile("Gepast"))
    await till.shows("prices_changed")
    await expect(till.page.locator(".due strong")).to_have_text(re.compile("2,99"))
    await till.press_words(re.compile("Gepast"))
    await till.shows("was_paid")
    await till.press("next_customer")


async def test_a_customer_who_asks_for_a_price_is_counted(counter: Counter, till: WebTill) -> None:
    await till.menu("stock")
    await till.page.get_by_role("searchbox", name=till.say("search")).last.fill(COLA)
    await till.page.keyboard.press("Enter")
    await expect(till.page.get_by_role("dialog")).to_contain_text("2,49")
    await till.page.keyboard.press("Escape")
    asked = await counter.payloads(PriceInquiry)
    assert [each.item_id for each in asked] == ["cola"]


async def test_the_page_can_be_installed(till: WebTill) -> None:
    session = await till.page.context.new_cdp_session(till.page)
    found = await session.send("Page.getInstallabilityErrors")
    errors = {each["errorId"] for each in found["installabilityErrors"]}
    assert errors <= {"in-incognito"}  # which the tests' browser is


async def test_a_tablet_that_is_shut_out_is_paired_again_by_a_code(
    counter: Counter, till: WebTill
) -> None:
    browser = till.page.context.browser
    assert browser is not None
    async with await browser.new_context() as context:
        other = WebTill(await context.new_page(), counter)
        await other.open(await till_address(counter))
        await expect(other.page.locator(".tile").first).to_be_visible()
        tokens = (await counter.get("/v1/tokens")).json()["tokens"]
        newest = max(tokens, key=lambda each: each["created_at"])
        assert (await counter.post(f"/v1/tokens/{newest['id']}/revoke", {})).status_code == 200
        await other.shows("no_longer_paired")
        await other.page.get_by_label(other.say("pair_code"), exact=True).fill("0000-0000")
        await other.press("pair")
        await other.shows("refused_wrong_code")
        code = (await till_address(counter)).partition("=")[2]
        await other.page.get_by_label(other.say("pair_code"), exact=True).fill(code)
        await other.press("pair")
        await expect(other.page.locator(".tile").first).to_be_visible()
        assert [text for text in other.said if "Failed to load resource" not in text] == []
