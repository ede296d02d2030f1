"""Odoo's JSON envelopes: what comes in whatever wrapping, what goes out in the one that is read.

{"id": 0, "jsonrpc": "2.0", "method": "call", "params": {…}}     tills since Odoo 7
{"params": {…}}                                                  tills with IoT
nothing                                                          pywebdriver's clients, on GET

{"jsonrpc": "2.0", "id": 0, "result": …}     or "error", never both, always HTTP 200
"""

from typing import Any, NamedTuple

import msgspec

from edge_daemon.doors.exchange import JSON, Answer

Json = dict[str, Any]

_ERROR_NAME = "edge_daemon.doors"


class Question(NamedTuple):
    """What a till asked: its parameters, and the id that it wants back (absent: none)."""

    params: Json
    id: Any = msgspec.UNSET


class EnvelopeError(ValueError):
    """Raised when a body is no JSON object."""


def read(body: bytes) -> Question:
    """Read a request's body in any of the wrappings.

    Raises:
        EnvelopeError: It is no JSON object.
    """
    if not body.strip():
        return Question({})
    try:
        whole = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise EnvelopeError("The body is no JSON.") from error
    if not isinstance(whole, dict):
        raise EnvelopeError("The body is no JSON object.")
    return Question(as_object(whole.get("params")), whole.get("id", msgspec.UNSET))


def as_object(value: object) -> Json:
    """A JSON object, also where it came as a string that holds one; else an empty one."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def text(value: object) -> str:
    """A string, and of numbers their digits; `""` for everything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def result(question: Question, value: object) -> Answer:
    """The answer that carries `value`; `null` is a value."""
    return _answer(question, "result", value)


def error(question: Question, message: str, code: int = 200) -> Answer:
    """The answer that carries an error, in the shape that Odoo's client accepts."""
    data = {"name": _ERROR_NAME, "debug": "", "message": message, "arguments": [message]}
    return _answer(question, "error", {"code": code, "message": message, "data": data})


def _answer(question: Question, name: str, value: object) -> Answer:
    whole: Json = {"jsonrpc": "2.0"}
    if question.id is not msgspec.UNSET:
        whole["id"] = question.id
    return Answer(msgspec.json.encode(whole | {name: value}), JSON)
