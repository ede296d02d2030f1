"""Images that the printer keeps, so that a logo takes twelve bytes of a receipt instead of 29,000.

An image is kept under a key that is made of its dots. So whether a printer has it can be asked of
the printer itself, also after it was exchanged for another, and nothing is written that is there:
the memory wears. What cannot be shown to be kept is printed as dots, as ever.

Doubt: somebody else's image may have the same key, once in 9,025 times. Then that one is printed.

Source: Epson ESC/POS Command Reference: GS ( L fn 64, 67, 69.
"""

import asyncio

from drivers.pos_printer import Image
from drivers.pos_printer.escpos.questions import Questions
from drivers.pos_printer.escpos.session import Session
from drivers.wire.escpos_graphics import define_nv_graphics, key_of

LARGEST = 65_536
"""Bytes of an image: a quarter of the smallest memory of the models in `profiles.toml`."""
WRITE_SECONDS = 20.0
"""A printer writes 64 KiB in about five."""


async def keep(session: Session, questions: Questions, image: Image) -> bytes | None:
    """Have an idle printer keep `image`; its key, or None when it does not keep it.

    Raises:
        LinkLostError: The session is over.
    """
    if not image.rows or len(image.rows) > LARGEST:
        return None
    key = key_of(image.width, image.rows)
    kept = await session.ask_key_codes()
    if kept is None and await session.clear_buffer():
        kept = await session.ask_key_codes()  # it was waiting for the rest of an earlier command
    if kept is None:
        return None
    if key not in kept:
        question, answer = questions.ask()
        command = define_nv_graphics(key, image.width, image.height, image.rows)
        with session.in_one_piece():
            await session.send(command + question)
            await asyncio.wait({answer}, timeout=WRITE_SECONDS)
        if not answer.done() or not answer.result():
            await session.end("The printer did not finish keeping an image. It is opened again.")
            return None
        kept = await session.ask_key_codes()
    return key if kept and key in kept else None
