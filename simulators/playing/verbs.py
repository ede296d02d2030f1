"""What a step of a scenario may say, and what stands behind each verb.

scan: "8710001000016"                      or {data: "…", symbology: E0}
tap                                        or tap: visa; also insert_pin
decline, walk_away, refuse                 the customer
hand: {device: printer, action: paper_out} any action of any device, its arguments beside it
fault: {device: printer, name: slow}       or with on: false
sell: {lines: […], tenders: […]}           a whole sale; `as: NAME` keeps its answer
put: {path: "/v1/print-jobs/{id}", body: …} any call of the API; {id} becomes a new one
run: ["npm", "test"]                       a program, which must end with 0
cut_power, restore_power                   the box's mains plug
expect: {sale: {state: completed}}         what must be, of answers, devices, receipts
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from simulators.control import unknown

CARD_VERBS: Final = ("tap", "insert_pin")
BARE_VERBS: Final = ("decline", "walk_away", "refuse", "cut_power", "restore_power")
_SALE_FIELDS: Final = ("lines", "tenders")


def check(verb: str, argument: object) -> None:
    """See whether a verb makes sense with what it is given.

    Raises:
        ValueError: It does not; the message says what would.
    """
    if verb not in _CHECKS:
        raise ValueError(unknown("verb", verb, _CHECKS))
    _CHECKS[verb](argument)


def _bare(argument: object) -> None:
    if argument is not None:
        raise ValueError("It takes nothing.")


def _card(argument: object) -> None:
    if argument is not None and not isinstance(argument, str):
        raise ValueError("It takes the name of a card, such as visa, or nothing.")


def _scan(argument: object) -> None:
    match argument:
        case str() | {"data": str()}:
            return
        case int() | {"data": int()}:
            raise ValueError('Write a code in quotes: "0123" is not the number 123.')
    raise ValueError('It takes a code in quotes, or {data: "…", symbology: …}.')


def _hand(argument: object) -> None:
    match argument:
        case {"device": str(), "action": str()}:
            return
    raise ValueError("It takes {device: …, action: …} and the action's arguments beside them.")


def _fault(argument: object) -> None:
    match argument:
        case {"device": str(), "name": str(), **rest} if set(rest) <= {"on"}:
            if isinstance(rest.get("on", True), bool):
                return
    raise ValueError("It takes {device: …, name: …}, and on: false to switch it off.")


def _sell(argument: object) -> None:
    if not isinstance(argument, Mapping) or any(field not in argument for field in _SALE_FIELDS):
        raise ValueError("It takes {lines: […], tenders: […]} and the other fields of a sale.")
    _named(argument)


def _put(argument: object) -> None:
    match argument:
        case {"path": str(path), **rest} if set(rest) <= {"body", "as"}:
            if not path.startswith("/"):
                raise ValueError("A path begins with /, such as /v1/print-jobs/{id}.")
            _named(rest)
            return
    raise ValueError("It takes {path: …, body: {…}}, and as: NAME to keep its answer.")


def _named(argument: Mapping[Any, object]) -> None:
    match argument.get("as", ""):
        case str():
            return
    raise ValueError("What stands behind as: is a name.")


def _run(argument: object) -> None:
    words = argument if isinstance(argument, list) else None
    if not words or not all(isinstance(word, str) for word in words):
        raise ValueError('It takes a program and its arguments: ["npm", "test"].')


def _expect(argument: object) -> None:
    if not isinstance(argument, Mapping) or not argument:
        raise ValueError("It takes {NAME: what must be}, of answers, devices, receipts.")


_CHECKS: Final[Mapping[str, Callable[[Any], None]]] = {
    "scan": _scan,
    **dict.fromkeys(CARD_VERBS, _card),
    **dict.fromkeys(BARE_VERBS, _bare),
    "hand": _hand,
    "fault": _fault,
    "sell": _sell,
    "put": _put,
    "run": _run,
    "expect": _expect,
}
