import base64
import io

import httpx
from PIL import Image, ImageChops, ImageDraw

from simulators.pos_printer import Receipt
from tests.stories.counter import Counter, ulid

_BLACK_OR_WHITE = [0] * 128 + [255] * 128


def logo(width: int = 576, height: int = 400) -> bytes:
    picture = Image.new("L", (width, height), 255)
    ImageDraw.Draw(picture).ellipse((20, 20, width - 20, height - 20), fill=0)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


async def put(counter: Counter, data: bytes) -> httpx.Response:
    return await counter.put("/v1/logo", {"image": base64.b64encode(data).decode()})


async def test_logo_stands_on_top_of_every_receipt_also_after_a_restart() -> None:
    async with Counter() as counter:
        await counter.start()
        answer = await put(counter, logo())
        assert answer.status_code == 200, answer.text
        assert (answer.json()["width"], answer.json()["height"]) == (576, 400)
        await counter.stop()
        await counter.start()
        sold = await counter.sell()
        assert sold["receipt"]["state"] == "printed"
        receipt = counter.printer.receipts[-1]
        images = [mark for mark in receipt.marks if mark.kind == "image"]
        paper = Image.open(io.BytesIO(receipt.png())).convert("1")
        height = sum(mark.height for mark in images)
        shown = paper.crop((32, 32, 32 + images[0].width, 32 + height))
        drawn = Image.open(io.BytesIO(logo())).resize(shown.size).point(_BLACK_OR_WHITE)
        differing = ImageChops.logical_xor(shown, drawn.convert("1")).histogram()[-1]
        assert differing < shown.width * shown.height // 100
        assert counter.printer.complaints == []


async def test_the_same_logo_again_is_the_same_and_a_removed_one_is_gone() -> None:
    async with Counter() as counter:
        await counter.start()
        first = (await put(counter, logo())).json()
        assert (await put(counter, logo())).json() == first
        assert (await counter.get("/v1/logo")).json() == first
        gone = await counter.client.delete(f"{counter.url}/v1/logo")
        assert gone.status_code == 204
        assert (await counter.get("/v1/logo")).status_code == 404
        await counter.sell(ulid())
        assert [mark for mark in counter.printer.receipts[-1].marks if mark.kind == "image"] == []


async def test_printer_that_can_keeps_the_logo_once_and_prints_the_same() -> None:
    async with Counter() as counter:
        counter.printer.faults.switch("no_nv_graphics", on=True)
        await counter.start()
        await put(counter, logo())
        await counter.sell()
        counter.printer.faults.switch("no_nv_graphics", on=False)
        await counter.stop()
        for _ in range(2):
            await counter.start()
            await counter.printer.wait_for(lambda printer: printer.lasting_writes == 1)
            await printing_is_idle(counter)
            assert (await counter.sell())["receipt"]["state"] == "printed"
            await counter.stop()
        pictures = [logo_on(receipt) for receipt in counter.printer.receipts]
        assert pictures[0] == pictures[1] == pictures[2]
        assert counter.printer.lasting_writes == 1


async def printing_is_idle(counter: Counter) -> None:
    """Return when the printer has no job, nor is being given a logo."""
    async with counter.daemon.printing._turn("printer"):
        return


def logo_on(receipt: Receipt) -> bytes:
    """The dots of the images on a receipt, one below the other."""
    return b"".join(mark.dots.data for mark in receipt.marks if mark.kind == "image")


async def test_what_is_no_picture_changes_nothing() -> None:
    async with Counter() as counter:
        await counter.start()
        before = (await put(counter, logo())).json()
        for data in (b"", b"not a picture", logo()[:40]):
            assert (await put(counter, data)).status_code == 400
        assert (await counter.get("/v1/logo")).json() == before
