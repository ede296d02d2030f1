"""Registers that bring their own layout: pictures, and bytes in the printer's own language."""

import base64
import io
from typing import Any

from PIL import Image, ImageDraw

from edge_daemon.records.payloads import Intent
from tests.stories.counter import Counter, ulid


def picture(width: int = 576, height: int = 300) -> str:
    drawn = Image.new("L", (width, height), 255)
    ImageDraw.Draw(drawn).rectangle((0, 0, width // 2, height), fill=0)
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def job(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"workstation": "till-1", "document": [*elements, {"type": "cut"}]}


def escpos(data: bytes) -> dict[str, Any]:
    return {"type": "escpos", "commands": base64.b64encode(data).decode()}


async def test_register_prints_a_picture_and_bytes_of_its_own() -> None:
    async with Counter() as counter:
        await counter.start()
        own = {"type": "picture", "image": picture(), "alignment": "left"}
        asked = job(own, escpos(b"\x1bE\x01Caf\x82 De Hoek\n\x1bE\x00"))
        path = f"/v1/print-jobs/{ulid()}"
        answers = [(await counter.put(path, asked)).json() for _ in range(2)]
        assert answers[0]["state"] == "printed"
        assert answers[0] == answers[1]
        (receipt,) = counter.printer.receipts
        assert "De Hoek" in receipt.text
        image = [mark for mark in receipt.marks if mark.kind == "image"]
        assert (image[0].width, sum(mark.height for mark in image)) == (576, 300)
        stored = await counter.daemon.state.get_content(answers[0]["content_hash"])
        assert stored is not None
        assert b"De Hoek" in stored
        (intent,) = [each for each in await counter.payloads(Intent) if each.verb == "print"]
        kept = str(intent.request)
        assert "sha256:" in kept
        assert picture()[:40] not in kept


async def test_another_picture_under_the_same_id_is_a_conflict() -> None:
    async with Counter() as counter:
        await counter.start()
        path = f"/v1/print-jobs/{ulid()}"
        first, other = (
            job({"type": "picture", "image": picture(height=height)}) for height in (30, 31)
        )
        assert (await counter.put(path, first)).status_code == 200
        assert (await counter.put(path, other)).status_code == 409
        assert len(counter.printer.receipts) == 1


async def test_bytes_that_do_more_than_mark_paper_are_refused_and_nothing_happens() -> None:
    async with Counter() as counter:
        await counter.start()
        for data in (
            b"\x1bp\x00\x19\x19",
            b"\x10\x14\x01\x00\x01",
            b"\x10\x04\x01",
            b"\x1d(A\x02\x00\x00\x02",
        ):
            answer = await counter.put(f"/v1/print-jobs/{ulid()}", job(escpos(data)))
            assert answer.status_code == 400, answer.text
            assert "$.document[0]" in answer.text
            assert "is not passed on" in answer.text
        broken = job({"type": "picture", "image": "bm90IGEgcGljdHVyZQ=="})
        assert (await counter.put(f"/v1/print-jobs/{ulid()}", broken)).status_code == 400
        assert counter.printer.drawer_pulses == []
        assert counter.printer.receipts == []
