"""The faults of an answer: what is wrong with it, and whether it comes at all."""

import base64
import json
from typing import Any

import msgspec

from drivers.wire.nexo.envelope import Message, encode
from drivers.wire.nexo.parts import PROTOCOL_VERSION, MessageHeader, Response
from drivers.wire.nexo.payments import PaymentResponse
from drivers.wire.nexo.services import EventNotification
from drivers.wire.nexo.words import (
    Category,
    EventToNotify,
    MessageClass,
    MessageType,
    Result,
)
from simulators.control import Faults
from simulators.nexo_terminal.leaks import leaking
from simulators.nexo_terminal.model import moment

UNDELIVERABLE = "message=Failed+to+send+message+to+POI."
UNKNOWN_TIMEOUT = "Communication timeout"
UNKNOWN_WORDS = {
    "EntryMode": ["BrainWave"],
    "AuthenticationMethod": ["Telepathy"],
    "PaymentInstrumentType": "Kindness",
    "PaymentBrand": "sunshine",
    "CharacterStyle": "Gothic",
}
_TEXTS = {"POIReconciliationID", "AuthorizedAmount", "RequiredSignatureFlag", "KeyVersion"}
_NUMBERS = {"CardSeqNumb", "ApprovalCode", "CardCountryCode"}


def rejection(question: Message) -> Message:
    """Return what comes for a message that could not be delivered."""
    header = MessageHeader(
        protocol_version=PROTOCOL_VERSION,
        message_class=MessageClass.EVENT,
        message_category=Category.EVENT,
        message_type=MessageType.NOTIFICATION,
        service_id=question.header.service_id,
        device_id="1",
        sale_id=question.header.sale_id,
        poi_id=question.header.poi_id,
    )
    event = EventNotification(
        time_stamp=moment()[0],
        event_to_notify=EventToNotify.REJECT,
        event_details=UNDELIVERABLE,
        rejected_message=base64.b64encode(encode(question)).decode(),
    )
    return Message(header, event)


def timed_out(answer: Message) -> Message:
    """Return an answer that calls a booked payment a failure, for a reason of its own."""
    body = answer.body
    if not isinstance(body, PaymentResponse):
        return answer
    response = Response(result=Result.FAILURE, error_condition=UNKNOWN_TIMEOUT)
    return Message(
        answer.header, msgspec.structs.replace(body, response=response, payment_result=None)
    )


def renamed(answer: Message) -> Message:
    """Return an answer under another ServiceID."""
    return Message(msgspec.structs.replace(answer.header, service_id="0THERS"), answer.body)


def spoiled(plain: bytes, faults: Faults) -> bytes:
    """Return a message with strange types and words in it, where the faults say so."""
    if "leaks_card_data" in faults:
        plain = leaking(plain)
    if "strings_for_integers" not in faults and "unknown_words" not in faults:
        return plain
    value = json.loads(plain)
    if "strings_for_integers" in faults:
        value = _retyped(value)
    if "unknown_words" in faults:
        value = _reworded(value)
    return json.dumps(value).encode()


def tampered(sealed: bytes) -> bytes:
    """Return an encrypted message whose HMAC does not fit."""
    value = json.loads(sealed)
    (secured,) = value.values()
    trailer = secured["SecurityTrailer"]
    code = bytearray(base64.b64decode(trailer["Hmac"]))
    code[0] ^= 1
    trailer["Hmac"] = base64.b64encode(code).decode()
    return json.dumps(value).encode()


def _retyped(value: Any, name: str = "") -> Any:  # noqa: ANN401 - JSON values
    if isinstance(value, dict):
        return {key: _retyped(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_retyped(item, name) for item in value]
    if name in _TEXTS and not isinstance(value, str):
        return json.dumps(value)
    if name in _NUMBERS and isinstance(value, str):
        return int(value)
    return value


def _reworded(value: Any) -> Any:  # noqa: ANN401 - JSON values
    if isinstance(value, dict):
        return {key: UNKNOWN_WORDS.get(key, _reworded(member)) for key, member in value.items()} | {
            "Novelty": {"Since": 2031}
        }
    if isinstance(value, list):
        return [_reworded(item) for item in value]
    return value
