"""The till's day as a register asks for it, over a counter."""

from typing import Any

from edge_daemon.records import decode_entry
from edge_daemon.records.payloads import (
    DeviceEvent,
    DrawerEvent,
    PeriodFigures,
    PeriodReport,
)
from tests.stories.counter import Counter, ulid

TILL: dict[str, Any] = {"workstation": "till-1", "operator_id": "op-17"}


OF_DEVICES = (DeviceEvent, DrawerEvent)
"""What devices tell meanwhile, such as a drawer that somebody shuts."""


class Day:
    """A counter whose clock is trusted, with the till's calls."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter

    async def confirm_the_date(self) -> None:
        """As a person does where nobody keeps the clock in step, such as in a container."""
        reading = (await self.counter.get("/v1/clock")).json()
        if reading["confirmation_needed"]:
            body = {"operator_id": "op-1", "source": "Register", "moment_us": reading["now_us"]}
            answer = await self.counter.put(f"/v1/clock-confirmations/{ulid()}", body)
            assert answer.status_code == 200, answer.text

    async def open(self, **more: Any) -> str:
        """Open the till and return the shift's id."""
        await self.confirm_the_date()
        session = ulid()
        answer = await self.put(f"/v1/till-sessions/{session}", opening_float=15000, **more)
        assert answer["state"] == "open"
        return session

    async def move(self, session: str, kind: str, amount: int, **more: Any) -> dict[str, Any]:
        path = f"/v1/till-sessions/{session}/movements/{ulid()}"
        asked = {"kind": kind, "amount": amount, "reason": "wisselgeld", "open_drawer": False}
        return await self.put(path, **asked | more)

    async def count(self, session: str, counted: int, **more: Any) -> dict[str, Any]:
        path = f"/v1/till-sessions/{session}/counts/{ulid()}"
        return await self.put(path, **{"kind": "settle", "counted": counted} | more)

    async def change(self, session: str, event: str, **more: Any) -> dict[str, Any]:
        path = f"/v1/till-sessions/{session}/changes/{ulid()}"
        return await self.put(path, event=event, **more)

    async def close(self, session: str) -> dict[str, Any]:
        """Count exactly what should be there, foreign cash too, and close."""
        await self.count(session, await self.expected(session))
        for currency in await self.foreign(session):
            amount = await self.expected(session, currency=currency)
            await self.count(session, amount, currency=currency)
        return await self.change(session, "close")

    async def foreign(self, session: str) -> list[str]:
        """The currencies of foreign cash in the drawer."""
        state = (await self.counter.get(f"/v1/till-sessions/{session}")).json()
        found = {each["currency"] for each in state["expected"] if each["tender_type"] == "Cash"}
        return sorted(found - {"EUR"})

    async def expected(self, session: str, tender: str = "Cash", currency: str = "EUR") -> int:
        """What should be in the drawer."""
        state = (await self.counter.get(f"/v1/till-sessions/{session}")).json()
        return sum(
            each["amount"]
            for each in state["expected"]
            if (each["tender_type"], each["currency"]) == (tender, currency)
        )

    async def report(self, kind: str, **more: Any) -> PeriodFigures:
        """Make an X or Z and return its figures, as the journal has them."""
        path = f"/v1/period-reports/{ulid()}"
        await self.put(path, kind=kind, **{"print": False} | more)
        reports: list[PeriodReport] = await self.counter.payloads(PeriodReport)
        assert reports[-1].kind == kind
        return reports[-1].figures

    async def put(self, path: str, **body: Any) -> dict[str, Any]:
        """Ask for something that is granted."""
        answer = await self.counter.put(path, TILL | body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def refused(self, path: str, status: int = 409, **body: Any) -> str:
        """Ask for something that is refused, and return what the clerk is told."""
        journal = self.counter.daemon.journal
        before = journal.head.position
        answer = await self.counter.put(path, TILL | body)
        assert answer.status_code == status, answer.text
        stored = await journal.read_after(before, limit=100, max_bytes=1 << 20)
        written = [decode_entry(each.data).payload for each in stored]
        by_itself = all(isinstance(each, OF_DEVICES) for each in written)
        assert by_itself, f"a refusal writes nothing: {written}"
        told: str = answer.json()["error"]["message"]
        return told
