"""What can go wrong, one after the other at one till, and what the clerk is told."""

import re

import pytest
from playwright.async_api import expect

from edge_daemon.records.payloads import RetailTransaction
from simulators.card_reader import NfcReader
from tests.doors.browser import needs_chromium
from tests.doors.tills import until
from tests.edge_daemon.test_journal import fill, make_room
from tests.shifting_loop import hurry
from tests.stories.counter import Counter, next_event
from tests.till_page.shop import MILK, WebTill

pytestmark = [
    needs_chromium,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="package"),  # one browser and one shop for all of them
]


async def for_cash(till: WebTill) -> None:
    """Sell milk for cash, to the cent."""
    await till.scan(MILK, "Melk 1 l")
    await till.pay()
    await till.press_words(re.compile("Gepast"))


async def by_card(till: WebTill) -> None:
    """Sell milk by card, as far as the customer's part."""
    await till.scan(MILK, "Melk 1 l")
    await till.pay()
    await till.press("card")
    await till.shows("phase_waiting_for_card")


async def paid(till: WebTill) -> None:
    """See the end, and the next customer."""
    await till.shows("was_paid")
    await till.press("next_customer")


async def given_up(till: WebTill) -> None:
    """Take everything off the receipt, and wait until the box knows."""
    await till.press("give_up")
    await till.press("give_up")
    await expect(till.page.locator(".ticket .lines")).to_have_count(0)


async def banner(till: WebTill, key: str) -> None:
    """Read it above everything."""
    await expect(till.page.locator("#banner")).to_contain_text(till.say(key))


async def no_banner(till: WebTill) -> None:
    """All is well again."""
    await expect(till.page.locator("#banner")).to_have_text("")


async def test_an_open_cover_and_a_drawer_that_stays_shut_are_told(till: WebTill) -> None:
    printer = till.counter.printer
    await printer.hand("close_drawer")
    printer.faults.switch("drawer_stuck", on=True)
    await printer.hand("open_cover")
    await banner(till, "cover_open")
    await for_cash(till)
    await till.shows("receipt_failed")
    await till.shows("drawer_failed")
    await printer.hand("close_cover")
    printer.faults.switch("drawer_stuck", on=False)
    await paid(till)
    await no_banner(till)


async def test_a_cutter_that_jams_is_told_in_dutch(till: WebTill) -> None:
    printer = till.counter.printer
    printer.faults.switch("cutter_jam", on=True)
    await for_cash(till)
    await banner(till, "fault_cutter")
    printer.faults.switch("cutter_jam", on=False)
    await printer.hand("open_cover")
    await printer.hand("close_cover")
    await paid(till)
    await no_banner(till)


async def test_what_is_unplugged_is_named_and_selling_goes_on(
    counter: Counter, till: WebTill
) -> None:
    await counter.printer.hand("power_off")
    await counter.scanner.hand("unplug")
    counter.terminal.faults.switch("silent", on=True)
    await counter.terminal.hand("power_cut")
    away = ("printer", "scanner", "terminal")
    states = counter.daemon.devices.state
    await hurry(until(lambda: all(states(each).state == "offline" for each in away)))
    for family in ("pos_printer", "scanner", "payment_terminal"):
        await banner(till, f"offline_{family}")
    await till.touch("Melk 1 l")
    await till.pay()
    await expect(till.page.locator(".way .main")).to_contain_text(till.say("not_there").strip())
    await till.press_words(re.compile("Gepast"))
    await till.shows("receipt_failed")
    await paid(till)
    await counter.printer.hand("power_on")
    await counter.scanner.hand("plug_in")
    counter.terminal.faults.switch("silent", on=False)
    for each in away:
        await hurry(counter.daemon.devices.wait_until_online(each))
    await no_banner(till)


async def test_whoever_aborts_at_the_terminal_or_the_till_may_pay_otherwise(
    till: WebTill,
) -> None:
    await by_card(till)
    await till.counter.terminal.hand("refuse")
    await till.shows("payment_not_done")
    await till.shows("declined_cancelled")
    await till.press("card")
    await till.shows("phase_waiting_for_card")
    await till.press("stop_payment")
    await till.shows("payment_not_done")
    await till.press("cancel_sale")
    await till.press("cancel_sale")
    await till.shows("was_cancelled")
    await given_up(till)


async def test_of_less_than_was_asked_for_the_rest_is_taken_otherwise(till: WebTill) -> None:
    till.counter.terminal.faults.switch("partial_approval", on=True)
    await by_card(till)
    await expect(till.page.locator(".due strong")).to_contain_text("1,29")
    await till.counter.terminal.hand("tap")
    await till.shows("still_due")
    await expect(till.page.locator(".trouble")).to_contain_text("is al betaald")
    await till.press_words(re.compile("Gepast"))
    await paid(till)


async def test_a_card_that_does_not_take_its_money_back_is_paid_out_in_cash(
    till: WebTill,
) -> None:
    await by_card(till)
    await till.counter.terminal.hand("tap")
    await till.shows("was_paid")
    till.counter.terminal.faults.switch("not_possible_83", on=True)
    await till.press("void")
    await till.press("void")
    await till.shows("still_out")
    till.counter.terminal.faults.switch("not_possible_83", on=False)
    await till.press_words(re.compile("^Contant €"))
    await till.shows("was_voided")
    await till.press("next_customer")


async def test_bank_cards_and_copies_at_the_reader_are_sent_away(
    counter: Counter, till: WebTill
) -> None:
    reader = counter.more[0]
    assert isinstance(reader, NfcReader)
    with counter.daemon.events.subscribe() as heard:
        for card, said in (("bank_card", "use_the_terminal"), ("sun_member", "customer_known")):
            await reader.hand("tap", card=card)
            await till.shows(said)
            await reader.hand("remove")
            await next_event(heard, "card_removed")
    await till.press("customer_off")
    reader.faults.switch("copied", on=True)
    await reader.hand("tap", card="sun_member")
    await till.shows("card_refused")
    await reader.hand("remove")
    reader.faults.switch("copied", on=False)


async def test_a_discount_and_a_receipt_give_no_more_than_there_is(
    counter: Counter, till: WebTill
) -> None:
    await for_cash(till)
    await paid(till)
    sale: RetailTransaction = (await counter.payloads(RetailTransaction))[-1]
    await till.scan(MILK, "Melk 1 l")
    await till.press("discount")
    await till.page.get_by_label(till.say("or_amount")).fill("9,99")
    await till.press("ok")
    field = till.page.get_by_label(till.say("or_amount"))
    assert await field.evaluate("(field) => field.validationMessage") == till.say(
        "discount_too_much"
    )
    await till.page.keyboard.press("Escape")
    back = {
        "quantity_milli": -1000,
        "returns": {"transaction_id": sale.transaction_id, "line_id": "1"},
    }
    await counter.sell(operator_id="op-1", lines=[back], tenders=[{"type": "cash"}])
    counter.scanner.scan(f"R{sale.transaction_id}")
    await till.shows("receipt_spent")
    await till.page.keyboard.press("Escape")
    counter.scanner.scan("R01M7YHX30000000000000000ZZ")
    await till.shows("receipt_not_ours")
    await given_up(till)


async def test_a_full_disk_refuses_new_sales_and_keeps_the_basket(
    counter: Counter, till: WebTill, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = counter.daemon.journal
    await till.scan(MILK, "Melk 1 l")
    await till.pay()
    monkeypatch.setattr(journal._writer.reserve, "_free_bytes", lambda: 0)
    journal._writer.reserve.give_up()
    fill(journal)
    await till.press_words(re.compile("Gepast"))
    await till.shows("refused_disk_full")
    monkeypatch.undo()
    make_room(journal)
    await till.press_words(re.compile("Gepast"))
    await paid(till)


async def test_a_day_ends_with_a_payment_in_doubt_and_what_is_parked_first(
    counter: Counter, till: WebTill
) -> None:
    for fault in ("no_repeat_receipt", "drop_before_completion"):
        counter.terminal.faults.switch(fault, on=True)
    await by_card(till)
    await counter.terminal.hand("tap")
    await till.shows("payment_review")
    await till.press("pay_otherwise")
    await till.press("pay_otherwise")
    await till.press_words(re.compile("Gepast"))
    await paid(till)
    await till.scan(MILK, "Melk 1 l")
    await till.press("park")
    await till.press("park")
    await till.shows("is_parked")
    await till.menu("till")
    await till.press("count_and_close")
    await till.shows("parked_open")
    await till.menu("parked")
    await till.page.get_by_role("button", name=re.compile(till.say("without_note"))).click()
    await given_up(till)
    await till.menu("till")
    await till.press("count_and_close")
    await till.count({"€ 1,00": 1})
    await till.press("counted_so")
    await till.press("count_once_more")
    (session, *_) = (await counter.get("/v1/till-sessions")).json()["sessions"]
    cash = next(each["amount"] for each in session["expected"] if each["tender_type"] == "Cash")
    await till.menu("till")
    await till.press("count_and_close")
    await till.count({"€ 1,00": cash // 100, "€ 0,05": cash % 100 // 5})
    await till.press("counted_so")
    await till.shows("counted_already")
    await till.page.get_by_label(till.say("why_again")).fill("verteld")
    await till.press("counted_so")
    await till.press("close_till")
    await till.shows("report_unresolved")
    await till.page.keyboard.press("Escape")
    counter.terminal.faults.switch("no_repeat_receipt", on=False)
    await till.press("look")
    await till.press("decide")
    await till.page.get_by_role("radio", name=till.say("decide_paid"), exact=True).check()
    await till.page.get_by_label(till.say("decide_why")).fill("staat op het dagtotaal")
    await till.press("ok")
    await till.press("look")
    await till.shows("payment_refund_due")
    await till.press("give_back")
    await till.shows("given_back")
    await till.open_till({"€ 1,00": 50})
    await no_banner(till)
