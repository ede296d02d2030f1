"""Others' printing libraries, in JavaScript, print to the simulated printer."""

import asyncio
import io
import pathlib
import shutil
import subprocess

import pytest
import zxingcpp
from PIL import Image

from simulators.pos_printer import PosPrinter, Receipt

LIBRARIES = ("@point-of-sale/receipt-printer-encoder@4.0.1", "node-thermal-printer@4.6.1")
SCRIPT = pathlib.Path(__file__).parents[1] / "peers" / "printers.mjs"
TEXT = """\
Crème brûlée €1,25 äöüß
BOLD
LARGE
{right:>48}
Milk{price:>44}""".format(right="right", price="1.29")
WAYS = [("encoder", "raster"), ("encoder", "column"), ("thermal", "raster")]

COMPLAINTS = {"thermal": ["Unknown(data=b'\\x01') is not simulated."]}
"""It kicks both drawer pins and leaves the times out (ESC p m t1 t2): a printer takes the second
command's first two bytes for them, and gets one byte that is none."""

pytestmark = [
    pytest.mark.skipif(
        shutil.which("npm") is None or shutil.which("node") is None,
        reason="npm is not installed; the libraries cannot be fetched without it.",
    ),
    pytest.mark.timeout(240),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("printing")
    (folder / "package.json").write_text('{"private": true}')
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--silent", *LIBRARIES]
    subprocess.run(command, cwd=folder, check=True, timeout=200, stdin=subprocess.DEVNULL)
    logo = zxingcpp.write_barcode_to_image(
        zxingcpp.create_barcode("the picture", zxingcpp.BarcodeFormat.QRCode), scale=4
    )
    Image.fromarray(logo).convert("RGBA").save(folder / "picture.png")
    return folder


async def printed(folder: pathlib.Path, library: str, mode: str, printer: PosPrinter) -> Receipt:
    """What the library prints, whole."""
    process = await asyncio.create_subprocess_exec(
        "node",
        SCRIPT,
        library,
        printer.host,
        str(printer.port),
        folder / "picture.png",
        mode,
        cwd=folder,
    )
    assert await process.wait() == 0
    await printer.wait_for(lambda printer: printer.drawer_pulses, seconds=30)
    return printer.receipts[0]


@pytest.mark.parametrize(("library", "mode"), WAYS, ids=["-".join(way) for way in WAYS])
async def test_what_a_library_sends_comes_out_as_sent(
    folder: pathlib.Path, library: str, mode: str
) -> None:
    async with PosPrinter() as printer:
        receipt = await printed(folder, library, mode, printer)
        assert receipt.text.startswith(TEXT)
        assert printer.complaints == COMPLAINTS.get(library, [])
        assert len(printer.drawer_pulses) == 1
    bold, large = receipt.lines[1].pieces[0], receipt.lines[2].pieces[0]
    assert bold.style.bold  # type: ignore[union-attr]  # a run of characters
    assert (large.style.width, large.style.height) == (2, 2)  # type: ignore[union-attr]  # as above
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(receipt.png())).convert("L"))
    codes = [(str(each.format), each.text) for each in found]
    assert sorted(codes) == [
        ("EAN-13", "8710400145981"),
        ("QR Code", "https://bon.example.nl/r/8f3a"),
        ("QR Code", "the picture"),
    ]
