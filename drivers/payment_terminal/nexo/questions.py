"""What is asked of a nexo terminal besides money, and what became of what was.

Each in a turn of its own, which its caller has taken.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from drivers.errors import DeviceError, RemoteProtocolError, UnsupportedError
from drivers.payment_terminal import (
    AcquiredCard,
    NotProcessed,
    PaymentResult,
    ReconciliationResult,
    TerminalRequest,
    TerminalState,
    TerminalStatus,
    TransactionStatus,
    Unknown,
)
from drivers.payment_terminal.nexo import recovery, reports, requests, results
from drivers.payment_terminal.nexo.exchange import Exchange
from drivers.payment_terminal.nexo.paying import Running, not_started
from drivers.payment_terminal.nexo.requests import Parties, any_service_id, request_id
from drivers.payment_terminal.nexo.settings import NexoSettings
from drivers.wire import WireError
from drivers.wire.nexo import services
from drivers.wire.nexo.envelope import Body
from drivers.wire.nexo.members import Members
from drivers.wire.nexo.parts import MessageReference, Response
from drivers.wire.nexo.payments import RepeatedMessageResponse, TransactionStatusResponse
from drivers.wire.nexo.words import Category, Result

DISPLAY_SECONDS = 10

Answer = TypeVar("Answer", bound=Members)


class Questions:
    """Asks one terminal.

    Args:
        device: The configured name, for errors.
        settings, exchange, parties: How to ask it, and who speaks.
    """

    def __init__(
        self, device: str, settings: NexoSettings, exchange: Exchange, parties: Parties
    ) -> None:
        self._device = device
        self._settings = settings
        self._exchange = exchange
        self._parties = parties

    async def _ask(self, category: Category, body: Body, kind: type[Answer]) -> Answer:
        message = self._parties.message(category, any_service_id(), body)
        return await self._exchange.ask(message, kind, patience=self._settings.query_timeout)

    async def login(self) -> TerminalStatus:
        """Register the till; return how the terminal is."""
        answer = await self._ask(Category.LOGIN, requests.login(), services.LoginResponse)
        self._expect_success(answer.response)
        software = answer.poi_system_data.poi_software if answer.poi_system_data else None
        return TerminalStatus(
            TerminalState.IDLE,
            terminal_id=self._settings.poi_id,
            software_version=software.software_version if software else None,
        )

    async def logout(self) -> None:
        """End the registration."""
        body = services.LogoutRequest()
        answer = await self._ask(Category.LOGOUT, body, services.LogoutResponse)
        self._expect_success(answer.response)

    async def diagnose(self) -> TerminalStatus:
        """Ask how the terminal is."""
        body = services.DiagnosisRequest()
        answer = await self._ask(Category.DIAGNOSIS, body, services.DiagnosisResponse)
        return reports.terminal_status(answer, self._settings.poi_id)

    async def show(self, lines: Sequence[str]) -> None:
        """Show lines to the customer."""
        body = requests.display(lines, DISPLAY_SECONDS)
        answer = await self._ask(Category.DISPLAY, body, services.DisplayResponse)
        for output in answer.output_result:
            self._expect_success(output.response)

    async def recover(
        self, request: TerminalRequest, received: PaymentResult | None
    ) -> TransactionStatus:
        """Ask what became of a request; as the family's `transaction_status`."""
        service_id = request_id(request)
        answer = await self._find(service_id)
        if answer is None:
            await asyncio.sleep(self._settings.recheck_interval)
            answer = await self._find(service_id)
        if answer is None:
            return Unknown(recovery.FORGOTTEN, received) if received else NotProcessed()
        repeated = answer.repeated_message_response
        if repeated is not None and repeated.message_header.service_id != service_id:
            raise RemoteProtocolError(
                "The payment terminal told of another payment.", device=self._device
            )
        return recovery.resolve(
            request,
            self._repeated(repeated, request),
        )

    async def _find(self, service_id: str) -> TransactionStatusResponse | None:
        """Ask for a message of this ServiceID, whatever it was; None where there is none."""
        for category in (Category.PAYMENT, Category.REVERSAL):
            answer = await self._tell(self._parties.reference(category, service_id))
            if recovery.found(answer):
                return answer
        return None

    async def last(self) -> PaymentResult | None:
        """Ask for the last message that was answered."""
        answer = await self._tell(None)
        request = TerminalRequest(payment_id="", amount=0, currency=self._settings.currency)
        repeated = answer.repeated_message_response
        shown = self._repeated(repeated, request)
        if shown is None:
            return None
        result = shown[1]
        return msgspec.structs.replace(result, requested_amount=result.authorised_amount or 0)

    async def _tell(self, reference: MessageReference | None) -> TransactionStatusResponse:
        body = requests.status(reference, reprint=True)
        answer = await self._ask(Category.TRANSACTION_STATUS, body, TransactionStatusResponse)
        untold = recovery.still_open(answer, self._device)
        if untold is not None:
            raise untold
        return answer

    async def reconcile(
        self, running: Running, commit: Callable[[ReconciliationResult], Awaitable[None]]
    ) -> ReconciliationResult:
        """Close the period, and commit its totals."""
        message = self._parties.message(
            Category.RECONCILIATION, running.service_id, requests.reconciliation()
        )
        answer = await self._exchange.ask(
            message,
            services.ReconciliationResponse,
            patience=self._settings.payment_timeout,
            acts=True,
        )
        if results.verdict_of(answer.response) is results.Verdict.NOT_STARTED:
            raise not_started(answer.response, self._device)
        settings = self._settings
        try:
            result = reports.reconciliation_result(answer, settings.currency, settings.poi_id)
        except WireError as error:
            raise RemoteProtocolError(str(error), device=self._device) from error
        await commit(result)
        return result

    async def acquire(self, running: Running) -> AcquiredCard | None:
        """Read a card without a payment, and let the terminal go again."""
        body = requests.card_acquisition(running.service_id)
        message = self._parties.message(Category.CARD_ACQUISITION, running.service_id, body)
        answer = await self._exchange.ask(
            message,
            services.CardAcquisitionResponse,
            patience=self._settings.payment_timeout,
            on_sent=running.sent.set,
        )
        if answer.response.error_condition in results.NOT_STARTED:
            raise not_started(answer.response, self._device)
        if answer.response.result != Result.SUCCESS:
            return None
        with contextlib.suppress(DeviceError):  # it goes back to idle by itself, only later
            await self._ask(
                Category.ENABLE_SERVICE,
                requests.end_acquisition(),
                services.EnableServiceResponse,
            )
        return reports.acquired_card(answer)

    def _repeated(
        self, repeated: RepeatedMessageResponse | None, request: TerminalRequest
    ) -> tuple[Response, PaymentResult] | None:
        try:
            return recovery.repeated_result(repeated, request, self._parties)
        except WireError as error:
            raise UnsupportedError(
                f"The terminal's stored answer cannot be read: {error}", device=self._device
            ) from error

    def _expect_success(self, response: Response) -> None:
        if response.result != Result.SUCCESS:
            raise not_started(response, self._device)
