"""From the family's requests to the commands of the till.

Tag 1F1F tells an exclusive terminal which receipt the till booked last. A terminal that is exactly
one ahead then takes its own last booking back. So it is sent only where nobody else uses the
terminal, only with a number that is journalled, and never as zero.

Source: ZVT PA00P015 rev. 13.08, chapters 2 and 4.
"""

import datetime as dt
from collections.abc import Callable

from drivers.errors import LocalProtocolError, UnsupportedError
from drivers.payment_terminal import (
    CancelPreAuthorisationRequest,
    CompletionRequest,
    FollowUpRequest,
    MaintenanceTask,
    PaymentRequest,
    RefundRequest,
    ReversalRequest,
    TerminalRequest,
)
from drivers.payment_terminal.zvt.settings import Settings
from drivers.wire import WireError
from drivers.wire.zvt import requests, shapes, tags
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.message_ids import OFFER
from drivers.wire.zvt.requests import CardReading, RepeatService
from drivers.wire.zvt.text import CharacterSet
from drivers.wire.zvt.tlv import Tlv, nest

_TEXT_BLOCKS = shapes.PRINT_TEXT_BLOCK.to_bytes(2, "big")
_PARTIAL_APPROVAL = Tlv(tags.PARTIAL_APPROVAL, b"\x01")
_CARD_READING = Tlv(
    tags.CARD_READING_CONTROL, bytes([CardReading.SEND_PSEUDONYM | CardReading.SEND_UID])
)


class Commands:
    """The commands for one terminal.

    Every method raises `UnsupportedError` for what the protocol cannot carry, and
    `LocalProtocolError` for what nobody should ask for. Nothing was sent then.
    """

    def __init__(self, device: str, settings: Settings) -> None:
        self._device = device
        self._settings = settings

    def registration(self) -> Apdu:
        """06 00."""
        settings = self._settings
        tlvs = [nest(tags.PERMITTED_COMMANDS, [Tlv(tags.ZVT_COMMAND, _TEXT_BLOCKS)])]
        if settings.character_set_number != CharacterSet.CP437:
            tlvs.append(Tlv(tags.CHARACTER_SET, bytes([settings.character_set_number])))
        if settings.message_ids:
            tlvs.append(OFFER)
        return self._built(
            lambda: requests.registration(
                settings.password, settings.config_byte, settings.currency, tlvs
            )
        )

    def payment(self, request: PaymentRequest) -> Apdu:
        """06 01."""
        partial = (_PARTIAL_APPROVAL,) if request.allow_partial else ()
        return self._moving(
            request,
            lambda *tlvs: requests.authorization(request.amount, request.currency, *tlvs, *partial),
        )

    def refund(self, request: RefundRequest) -> Apdu:
        """06 31."""
        password = self._settings.password
        return self._moving(
            request,
            lambda *tlvs: requests.refund(password, request.amount, request.currency, *tlvs),
        )

    def reversal(self, request: ReversalRequest) -> Apdu:
        """06 30."""
        number = self._original(request)
        password = self._settings.password
        return self._moving(
            request,
            lambda *tlvs: requests.reversal(
                password, number, request.amount, request.currency, *tlvs
            ),
        )

    def pre_authorisation(self, request: PaymentRequest) -> Apdu:
        """06 22."""
        return self._moving(
            request,
            lambda *tlvs: requests.pre_authorisation(request.amount, request.currency, *tlvs),
        )

    def completion(self, request: CompletionRequest) -> Apdu:
        """06 24 for all that was set aside, 06 23 for a part of it."""
        number = self._original(request)
        released = request.original_amount - request.amount
        if released < 0:
            raise LocalProtocolError("More than was set aside is not booked.", device=self._device)
        build, amount = (
            (requests.partial_reversal, released)
            if released
            else (requests.book_total, request.amount)
        )
        return self._moving(request, lambda *tlvs: build(number, amount, request.currency, *tlvs))

    def cancel_pre_authorisation(self, request: CancelPreAuthorisationRequest) -> Apdu:
        """06 25."""
        number = self._original(request)
        return self._moving(
            request,
            lambda *tlvs: requests.pre_authorisation_reversal(number, request.currency, *tlvs),
        )

    def end_of_day(self) -> Apdu:
        """06 50."""
        return requests.end_of_day(self._settings.password)

    def repeat_receipt(self, service: RepeatService) -> Apdu:
        """06 20."""
        return requests.repeat_receipt(self._settings.password, service)

    def read_card(self) -> Apdu:
        """06 C0, or 06 E6; both ask for the card's pseudonym and its UID."""
        timeout = self._settings.card_timeout
        if self._settings.card_reading == "card_poll":
            return requests.card_poll(_CARD_READING, Tlv(tags.CARD_POLL_TIMEOUT, bytes([timeout])))
        return requests.read_card(timeout, _CARD_READING)

    def display(self, lines: tuple[str, ...]) -> Apdu:
        """06 E0."""
        seconds, charset = self._settings.display_seconds, self._settings.character_set_number
        return self._built(lambda: requests.display_text(lines, seconds, charset))

    def maintenance(self, task: MaintenanceTask, local_time: dt.datetime | None) -> Apdu:
        """06 70, 06 93 or 06 91."""
        password = self._settings.password
        match task:
            case MaintenanceTask.DIAGNOSIS:
                return requests.diagnosis()
            case MaintenanceTask.INITIALISATION:
                return requests.initialisation(password)
        if local_time is None:
            raise LocalProtocolError("A clock is set to a time.", device=self._device)
        return requests.set_clock(password, f"{local_time:%y%m%d}", f"{local_time:%H%M%S}")

    def _original(self, request: FollowUpRequest) -> str:
        number = request.original_receipt_number
        if number is None:
            raise LocalProtocolError(
                "The terminal knows its transactions by receipt numbers.", device=self._device
            )
        return number

    def _moving(self, request: TerminalRequest, build: Callable[..., Apdu]) -> Apdu:
        """Build a command that moves money."""
        if request.amount <= 0:
            raise LocalProtocolError("The amount is not positive.", device=self._device)
        return self._built(lambda: build(*self._synchronisation(request)))

    def _synchronisation(self, request: TerminalRequest) -> tuple[Tlv, ...]:
        number = request.last_receipt_number
        if not self._settings.exclusive or number is None:
            return ()
        try:
            return (requests.synchronisation(number),)
        except WireError:
            return ()

    def _built(self, build: Callable[[], Apdu]) -> Apdu:
        try:
            command = build()
            command.encode()
        except WireError as error:
            raise UnsupportedError(str(error), device=self._device) from error
        return command
