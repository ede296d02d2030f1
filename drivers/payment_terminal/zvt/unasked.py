"""What a terminal says while nobody has asked it anything.

A result that comes then belongs to a payment that the till gave up, or to one of an earlier
connection. It must not be kept: the till would not know of it.

Source: ZVT PA00P015 rev. 13.08, "Answering 04 0F".
"""

import contextlib
import logging
from collections.abc import Callable

from drivers.payment_terminal import LateResult
from drivers.payment_terminal.zvt import results
from drivers.payment_terminal.zvt.conversation import decode_kindly
from drivers.payment_terminal.zvt.link import Link
from drivers.transport import LinkLostError
from drivers.wire import WireError
from drivers.wire.zvt import codes, requests, shapes
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.message_ids import MessageIds
from drivers.wire.zvt.messages import StatusInformation

_log = logging.getLogger(__name__)


async def answer_unasked(
    link: Link, ids: MessageIds, frame: bytes, publish: Callable[[LateResult], None]
) -> None:
    """Answer a message that belongs to no command; tell a result that came too late."""
    apdu = decode_kindly(frame, 0)
    if shapes.is_ack(apdu.control):
        return
    ids.hear(apdu)
    if apdu.control == shapes.STATUS_INFORMATION:
        _tell(apdu, publish)
        reply = requests.refuse(codes.PROCESSING_ERROR)
    elif apdu.control in _HARMLESS:
        reply = requests.acknowledge()
    else:
        reply = requests.refuse(codes.FUNCTION_NOT_POSSIBLE)
    with contextlib.suppress(LinkLostError):
        await link.send(ids.answer(reply, apdu))


_HARMLESS = frozenset({shapes.INTERMEDIATE_STATUS, shapes.COMPLETION, shapes.ABORT})


def _tell(apdu: Apdu, publish: Callable[[LateResult], None]) -> None:
    try:
        information = StatusInformation.parse(apdu)
    except WireError:
        _log.warning("A result that nobody waits for, and that cannot be read, was refused.")
        return
    result = results.payment_result(information, None, results.DEFAULT_CURRENCY)
    _log.warning("The result of receipt %s came too late: refused.", result.receipt_number)
    publish(LateResult(result))
