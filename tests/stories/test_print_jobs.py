"""Print jobs over the life and death of the box: what is under way, what waits, what comes out."""

from typing import Any

import pytest

from simulators.pos_printer import PosPrinter, SerialLink, UsbLink
from simulators.pos_printer.link import MakeLink
from tests.stories.counter import Counter, ulid

LONG: list[dict[str, Any]] = [{"type": "text", "text": "a line\n" * 200}, {"type": "cut"}]
SHORT: list[dict[str, Any]] = [{"type": "text", "text": "short"}, {"type": "cut"}]


@pytest.mark.parametrize("link", [None, UsbLink, SerialLink], ids=["tcp", "usb", "serial"])
async def test_job_that_was_printing_when_the_power_went_is_unknown_and_one_that_waited_failed(
    link: MakeLink | None,
) -> None:
    async with Counter(printer=PosPrinter(link=link)) as counter:
        await counter.start()
        counter.printer.faults.switch("buffer_full", on=True)
        first, second = (f"/v1/print-jobs/{ulid()}" for _ in range(2))
        bodies = {first: {"printer": "printer", "document": LONG}}
        bodies[second] = {"printer": "printer", "document": SHORT}
        for path, body in bodies.items():
            assert (await counter.put(path, body, wait=0)).status_code == 202
        await counter.printer.wait_for(lambda printer: printer.buffered > 0)
        states = [(await counter.get(path)).json()["state"] for path in bodies]
        assert states == ["printing", "queued"]
        await counter.crash()
        await counter.printer.hand("power_off")  # it forgets what it had
        counter.printer.faults.switch("buffer_full", on=False)
        await counter.printer.hand("power_on")
        await counter.start()
        jobs = [(await counter.get(path)).json() for path in bodies]
        assert [job["state"] for job in jobs] == ["unknown", "failed"]
        assert "Look at the printer" in jobs[0]["problem"]
        repeated = [(await counter.put(path, body)).json() for path, body in bodies.items()]
        assert repeated == jobs
        kept = await counter.daemon.state.get_content(jobs[0]["content_hash"])
        assert kept is not None
        assert kept.count(b"a line") == 200
        assert counter.printer.receipts == []
        again = await counter.put(f"/v1/print-jobs/{ulid()}", bodies[second])
        assert again.json()["state"] == "printed"
        assert [receipt.text for receipt in counter.printer.receipts] == ["short"]
