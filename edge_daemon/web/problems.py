"""What a caller is told when it does not get what it asked for: one shape for every refusal.

    {"error": {"code": "invalid_request", "message": "Expected `int`, got `str`.",
               "path": "$.lines[0].quantity_milli", "request_id": "5f1c09-17"}}

`code` is for programs, `message` says what is wrong and what would be right. A table gives the
status and the code for a class of exceptions; who makes an application brings its own rows.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from edge_daemon.errors import InvalidRequestError

_log = logging.getLogger(__name__)

JSON = "application/json"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong.

    Attributes:
        code: A word for programs; it does not change.
        message: For people: what is wrong and what would be right.
        path: Where in the request: a JSON path from `$` into the body, or a parameter's name.
        request_id: How the daemon's log names this request.
    """

    code: str
    message: str
    path: str | None = None
    request_id: str | None = None


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of every answer that refuses."""

    error: Problem


class Rule(NamedTuple):
    """How a class of exceptions is answered."""

    status: int
    code: str


Table = Mapping[type[Exception], Rule]
"""The answer to each class of exceptions; a subclass is answered as its nearest ancestor."""

UNFORESEEN = Rule(500, "internal_error")
_CALLER_GONE = "client disconnected prematurely"
"""Litestar's words for a body whose caller went away: nobody is there to be answered."""

CODES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    421: "misdirected_request",
    429: "too_many_requests",
    503: "unavailable",
}
"""The code of a refusal that has a status and no rule: the framework's and the gate's own."""

DESCRIPTIONS = {
    400: "The request is wrong; `path` says where, `message` what would be right.",
    401: "No bearer token, or one that is unknown, expired or revoked.",
    403: "A web page from an origin that is not allowed, or a token without the scope.",
    404: "No such thing.",
    409: "The id was used with another body, or the thing's state does not permit this, or the"
    " device said no.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    421: "The `Host` header does not name this box.",
    429: "Too many wrong tries; `Retry-After` says when to come back.",
    500: "A mistake of ours; the log has it under the request's id.",
    503: "A device or the journal does not answer.",
    507: "The disk is full; nothing was begun.",
}


class UnsupportedMediaTypeError(HTTPException):
    """Raised when a body comes in another format than JSON."""

    status_code = 415


def documented(*statuses: int) -> dict[int, ResponseSpec]:
    """The refusals of a handler for the OpenAPI document; those that all have are included."""
    everywhere = (400, 401, 403, 421, 500, 503)
    return {
        status: ResponseSpec(
            data_container=ErrorBody,
            description=DESCRIPTIONS[status],
            generate_examples=False,
        )
        for status in sorted({*everywhere, *statuses})
    }


class ProblemResponder:
    """Turns what a handler raised into the answer: Litestar's one exception handler."""

    def __init__(self, table: Table) -> None:
        own: Table = {InvalidRequestError: Rule(400, CODES[400])}
        self._table = {**own, **table}

    def __call__(self, request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
        """Answer `error`; what is our side's fault is logged, the unforeseen with its traceback."""
        request_id = request.scope["state"].get("request_id")
        status, problem, headers = self._answer(error)
        if status >= UNFORESEEN.status and getattr(error, "detail", "") != _CALLER_GONE:
            trace = error if problem.code == UNFORESEEN.code else None
            _log.error("Request %s: %s %s", request_id, status, error, exc_info=trace)
        body = encode_problem(msgspec.structs.replace(problem, request_id=request_id))
        return Response(body, status_code=status, media_type=JSON, headers=headers)

    def _answer(self, error: Exception) -> tuple[int, Problem, dict[str, str]]:
        if isinstance(error, HTTPException):
            return _of_framework(error)
        rule = self._rule(error)
        message = _MESSAGES[500] if rule is UNFORESEEN else str(error)
        path = getattr(error, "path", None)
        seconds = getattr(error, "retry_after", None)
        headers = {} if seconds is None else {"Retry-After": str(seconds)}
        return rule.status, Problem(code=rule.code, message=message, path=path), headers

    def _rule(self, error: Exception) -> Rule:
        ancestors = type(error).__mro__
        return next((self._table[kind] for kind in ancestors if kind in self._table), UNFORESEEN)


def encode_problem(problem: Problem) -> bytes:
    """The body that tells `problem`."""
    return msgspec.json.encode(ErrorBody(problem))


def _of_framework(error: HTTPException) -> tuple[int, Problem, dict[str, str]]:
    status = error.status_code
    code = CODES.get(status, UNFORESEEN.code)
    if isinstance(error, ValidationException):
        return status, _of_parameter(error, code), {}
    message = _MESSAGES.get(status) or error.detail or HTTPStatus(status).phrase
    return status, Problem(code=code, message=message), dict(error.headers or {})


_MESSAGES = {
    404: "There is nothing at this address; /openapi.json lists what there is.",
    405: "This address does not take that method; the Allow header lists those that it takes.",
    413: "The body is too large; send less at once.",
    500: "Something went wrong here; see the log.",
}


def _of_parameter(error: ValidationException, code: str) -> Problem:
    """Litestar's finding on path and query parameters; a missing body is found here too."""
    findings = error.extra if isinstance(error.extra, list) else []
    finding: Mapping[str, Any] = next((item for item in findings if isinstance(item, dict)), {})
    path = str(finding.get("key", "$"))
    if path == "data":
        return Problem(code=code, message="The body is missing: send a JSON object.", path="$")
    return Problem(code=code, message=f"{finding.get('message', error.detail)}.", path=path)
