"""Tills behind doors in a shop that checks who may what: they name nobody and show no token."""

from edge_daemon.records.payloads import Intent
from tests.doors.test_epos import ask
from tests.doors.test_webprnt import send
from tests.doors.tills import TillCounter
from tests.stories.counter import ulid
from tests.stories.staff import BADGES, hire

STAR_MAY_AND_THE_OTHERS_ASK = """
rights = ["no_sale"]

[operators]
check_rights = true

[[role]]
name = "manager"
rights = ["no_sale"]

[[role]]
name = "cashier"
"""
PULSE = "<pulse/>"
RECEIPT = "<text>Bon 17&#10;</text><cut/>"


async def sign_on(counter: TillCounter, operator_id: str) -> None:
    body = {"workstation": "till-1", "badge": BADGES[operator_id]}
    answer = await counter.put(f"/v1/sign-ons/{ulid()}", body)
    assert answer.json()["state"] == "signed_on"


async def openings(counter: TillCounter) -> list[str | None]:
    """Who has opened the drawer, by the journal."""
    return [
        entry.operator_id
        for entry in await counter.entries()
        if isinstance(entry.payload, Intent) and entry.payload.verb == "open_drawer"
    ]


async def test_a_door_opens_the_drawer_by_who_is_signed_on_or_by_its_own_right() -> None:
    async with TillCounter(rights=STAR_MAY_AND_THE_OTHERS_ASK) as counter:
        await counter.start()
        await hire(counter)
        assert (await ask(counter, PULSE))[0] == "false", "nobody is signed on"
        assert await counter.result("/hw_proxy/open_cashbox") is False
        refused = await counter.refusals(2)
        assert {(each.reason, each.subject) for each in refused} == {
            ("missing_right", "epson"),
            ("missing_right", "odoo"),
        }
        await sign_on(counter, "op-17")
        assert await counter.result("/hw_proxy/open_cashbox") is False, "a cashier may not"
        assert await openings(counter) == []
        assert counter.printer.drawer_pulses == []
        await sign_on(counter, "op-1")
        assert await counter.result("/hw_proxy/open_cashbox") is True
        await sign_on(counter, "op-17")
        assert (await send(counter, '<peripheral channel="1"/>'))[0] == "true"
        assert await openings(counter) == ["op-1", "op-17"]
        assert len(counter.printer.drawer_pulses) == 2


async def test_a_receipt_is_printed_though_nobody_may_open_the_drawer_with_it() -> None:
    async with TillCounter(rights=STAR_MAY_AND_THE_OTHERS_ASK) as counter:
        await counter.start()
        await hire(counter)
        assert (await ask(counter, PULSE + RECEIPT))[0] == "true"
        assert "Bon 17" in (await counter.printer.wait_for_receipt()).text
        assert counter.printer.drawer_pulses == []
