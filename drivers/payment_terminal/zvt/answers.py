"""What the till says to the terminal while a command runs, verb by verb.

The one rule that matters: the acknowledgement of a result leaves only after `commit(result)` has
returned. If it raised, or if the result is not what was asked for, the terminal hears 84 66
("goods not issued") and reverses.

A commit that takes longer than the terminal may wait (T3) is not left in silence: 84 9C asks the
terminal to send the result once more, in two seconds.

Source: ZVT PA00P015 rev. 13.08, 2.2.8 and "Answering 04 0F".
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from drivers.errors import RemoteProtocolError
from drivers.payment_terminal import (
    CancelPreAuthorisationRequest,
    Commit,
    DisplayText,
    FollowUpRequest,
    NonPaymentCard,
    PaymentRequest,
    PaymentResult,
    Phase,
    PhaseChanged,
    ReceiptLines,
    ReconciliationResult,
    SignatureRequired,
    TerminalEvent,
    TerminalRequest,
)
from drivers.payment_terminal.zvt import results
from drivers.payment_terminal.zvt.receipts import Receipts
from drivers.payment_terminal.zvt.recovery import names_another
from drivers.wire import WireError
from drivers.wire.redaction import redact_text
from drivers.wire.zvt import codes, requests, shapes
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.dialogue import Word
from drivers.wire.zvt.messages import IntermediateStatus, StatusInformation, TerminalAbort

Result = TypeVar("Result", bound=PaymentResult | ReconciliationResult)

COMMITTED = requests.acknowledge()
NOT_COMMITTED = requests.refuse(codes.PROCESSING_ERROR)
NOT_UNDERSTOOD = requests.refuse(codes.FUNCTION_NOT_POSSIBLE)
ASK_AGAIN = requests.refuse(codes.PLEASE_WAIT)

COMMIT_PATIENCE = 3.0
"""Seconds that a commit may take before the terminal is asked to wait: well within T3."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the answers need to know of the terminal that they talk to.

    Attributes:
        device: The configured name, for errors.
        publish: Where events go.
        character_set: Of slips and texts, by its number in tag 14.
        vendor_codes: Result codes that the maker adds.
    """

    device: str
    publish: Callable[[TerminalEvent], None]
    character_set: int
    vendor_codes: results.VendorCodes


class QuietAnswers:
    """Acknowledges everything and keeps the result: for commands that only ask."""

    payment_id: str | None = None

    def __init__(self, surroundings: Surroundings) -> None:
        self._device = surroundings.device
        self._publish = surroundings.publish
        self._vendor_codes = surroundings.vendor_codes
        self.receipts = Receipts(surroundings.character_set)
        self.information: StatusInformation | None = None

    async def answer(self, word: Word, apdu: Apdu) -> Apdu:
        """Return the acknowledgement of a message."""
        if word is not Word.RECEIPT:
            self._show(self.receipts.rest())
        match word:
            case Word.RECEIPT:
                self.receipt(apdu)
            case Word.PROGRESS:
                self.progress(IntermediateStatus.parse(apdu))
            case Word.RESULT:
                return await self.result(apdu)
            case Word.REQUEST:
                return NOT_UNDERSTOOD
        return requests.acknowledge()

    def taken(self) -> None:
        """Hear that the terminal has taken the command."""

    def progress(self, status: IntermediateStatus) -> None:
        """Publish what the terminal's display shows."""
        lines = _shown(status)
        if lines:
            self._publish(DisplayText(lines, payment_id=self.payment_id))

    def receipt(self, apdu: Apdu) -> None:
        """Keep a part of a slip, and publish what is complete."""
        self._show(self.receipts.add(apdu))

    def _show(self, lines: ReceiptLines | None) -> None:
        if lines is not None:
            self._publish(msgspec.structs.replace(lines, payment_id=self.payment_id))

    async def result(self, apdu: Apdu) -> Apdu:
        """Take 04 0F and return its answer."""
        try:
            self.information = StatusInformation.parse(apdu)
        except WireError:
            self.information = None
        return requests.acknowledge()


class CommittingAnswers(QuietAnswers, Generic[Result]):
    """Awaits `commit` before it acknowledges a result."""

    patience: float | None = None
    """Seconds that a commit may take before the terminal is asked to wait; None: as it needs."""

    def __init__(
        self, surroundings: Surroundings, commit: Callable[[Result], Awaitable[None]]
    ) -> None:
        super().__init__(surroundings)
        self._commit = commit
        self._committing: tuple[Result, asyncio.Task[None]] | None = None
        self.last: Result | None = None
        self.failure: Exception | None = None

    def taken(self) -> None:
        """Publish that the terminal has taken the command."""
        self.tell(Phase.STARTED)

    def progress(self, status: IntermediateStatus) -> None:
        """Publish where the command stands, and what the terminal's display shows."""
        super().progress(status)
        text = " ".join(_shown(status)) or codes.progress_text(status.status)
        self.tell(results.phase_of(status.status), text)

    def receipt(self, apdu: Apdu) -> None:
        """Keep a part of a slip; the first one is a phase of its own."""
        if not self.receipts.begun:
            self.tell(Phase.PRINTING)
        super().receipt(apdu)

    def tell(self, phase: Phase, text: str | None = None) -> None:
        """Publish a phase of the running command."""
        self._publish(PhaseChanged(phase, self.payment_id, text))

    def convert(self, information: StatusInformation) -> Result:
        """Return the family's value for a result of the terminal."""
        raise NotImplementedError

    def committed(self, result: Result) -> None:
        """Hear that a result is on disk."""

    async def result(self, apdu: Apdu) -> Apdu:
        """Commit a result, and return the answer that makes it stand or fall."""
        try:
            information = StatusInformation.parse(apdu)
        except WireError as error:
            return self._broken(str(error))
        if information.result_code is None:
            return self._broken("a result without a result code")
        self.information = information
        result = self.convert(information)
        if result == self.last:
            return self.verdict(result)  # the same result once more: its answer was lost
        if self.failure is None and not await self._commit_in_time(result):
            return ASK_AGAIN
        if self.failure is None:
            self.last = result
            self.committed(result)
        return self.verdict(result)

    def verdict(self, result: Result) -> Apdu:
        """Return the answer to a result that was committed, or could not be."""
        return NOT_COMMITTED if self.failure and result.approved else COMMITTED

    async def _commit_in_time(self, result: Result) -> bool:
        """Commit, or go on committing; False when it takes longer than the terminal may wait."""
        if self._committing is None or self._committing[0] != result:
            await self.settle()
            self._committing = (result, asyncio.create_task(self._commit_or_fail(result)))
        done, _ = await asyncio.wait({self._committing[1]}, timeout=self.patience)
        return bool(done)

    async def settle(self) -> None:
        """Wait until nothing is being committed any more."""
        if self._committing is not None:
            result, task = self._committing
            self._committing = None
            await task
            if self.failure is None:
                self.last = result

    async def _commit_or_fail(self, result: Result) -> None:
        try:
            await self._commit(result)
        except Exception as error:  # noqa: BLE001 - the caller's; it rises when the terminal knows
            self.failure = error

    def _broken(self, reason: str) -> Apdu:
        self.failure = RemoteProtocolError(
            f"The terminal's result cannot be read: {reason}.", device=self._device
        )
        return NOT_UNDERSTOOD

    def close(self) -> None:
        """Raise what kept a result from being committed."""
        if self.failure is not None:
            raise self.failure


class PaymentAnswers(CommittingAnswers[PaymentResult]):
    """A payment or what follows one: what was approved must be what was asked for."""

    patience = COMMIT_PATIENCE

    def __init__(
        self, surroundings: Surroundings, request: TerminalRequest, commit: Commit
    ) -> None:
        super().__init__(surroundings, commit)
        self.payment_id = request.payment_id
        self._request = request

    def convert(self, information: StatusInformation) -> PaymentResult:
        """Return the result; what differs from the request is no approval."""
        request = self._request
        result = results.payment_result(
            information, request.amount, request.currency, self._vendor_codes
        )
        if not result.approved or not self._differs(result):
            return result
        return msgspec.structs.replace(
            result,
            approved=False,
            message="The terminal approved something else than was asked for; it was told to take "
            "that back.",
        )

    def committed(self, result: PaymentResult) -> None:
        """Publish what a result asks of the till."""
        if result.approved and result.signature_required:
            self._publish(SignatureRequired(self._request.payment_id))
        uid = results.card_uid(self.information) if self.information else None
        if uid and result.result_code == f"{codes.CARD_UNKNOWN:02X}":
            self._publish(NonPaymentCard(uid))

    def verdict(self, result: PaymentResult) -> Apdu:
        """Refuse what differs from the request, whether or not it was committed."""
        return NOT_COMMITTED if self._differs(result) else super().verdict(result)

    def final(self, end: Apdu) -> PaymentResult:
        """Return the payment's result at its end, 06 0F or 06 1E.

        Raises:
            RemoteProtocolError: It completed without a result, or kept one that was refused.
            Exception: What `commit` raised.
        """
        self.close()
        result = self._after_abort(end) if end.control == shapes.ABORT else self._completed()
        return msgspec.structs.replace(
            result,
            receipt_text_merchant=self.receipts.merchant,
            receipt_text_customer=self.receipts.customer,
            signature_required=result.signature_required or self.receipts.signature_field,
        )

    def _completed(self) -> PaymentResult:
        if self.last is None:
            raise RemoteProtocolError("The terminal ended without a result.", device=self._device)
        if self._differs(self.last):
            raise RemoteProtocolError(
                "The terminal kept something else than was asked for. Look at its slip and take "
                "that back by hand.",
                device=self._device,
            )
        return self.last

    def _after_abort(self, end: Apdu) -> PaymentResult:
        abort = TerminalAbort.parse(end)
        if self.last is None:
            return results.aborted_result(abort, self._request, self._vendor_codes)
        if self.last.approved:
            return results.reversed_result(self.last, abort)
        return msgspec.structs.replace(self.last, reversed=self._differs(self.last))

    def _differs(self, result: PaymentResult) -> bool:
        """True when it is over another amount, or about another transaction, than asked for."""
        approved, asked = result.authorised_amount, self._request
        if approved is None:
            return False
        if isinstance(asked, FollowUpRequest) and names_another(asked, result.original_trace):
            return True
        if result.currency != asked.currency:
            return True
        if isinstance(asked, CancelPreAuthorisationRequest):
            return False  # nothing is booked; what it shows is not told by the manual
        if isinstance(asked, PaymentRequest) and asked.allow_partial:
            return not 0 < approved <= asked.amount
        return approved != asked.amount


class ReconciliationAnswers(CommittingAnswers[ReconciliationResult]):
    """An end of day."""

    def __init__(
        self,
        surroundings: Surroundings,
        currency: str,
        commit: Callable[[ReconciliationResult], Awaitable[None]],
    ) -> None:
        super().__init__(surroundings, commit)
        self._currency = currency

    def convert(self, information: StatusInformation) -> ReconciliationResult:
        """Return the totals."""
        return results.reconciliation_result(information, self._currency, self._vendor_codes)

    def final(self, end: Apdu) -> ReconciliationResult:
        """Return the totals at the end, 06 0F or 06 1E; where the terminal told none, zero.

        Raises:
            Exception: What `commit` raised.
        """
        self.close()
        if end.control != shapes.ABORT:
            totals = self.last or ReconciliationResult(approved=True, currency=self._currency)
            return msgspec.structs.replace(totals, receipt_text=self.receipts.everything)
        code = TerminalAbort.parse(end).result_code
        return ReconciliationResult(
            approved=False,
            result_code=f"{code:02X}",
            message=codes.result_text(code, self._vendor_codes),
            currency=self._currency,
        )


def _shown(status: IntermediateStatus) -> tuple[str, ...]:
    """The display's lines, without card data: a terminal may show whom it talks about."""
    return tuple(redact_text(line.strip()) for line in status.lines if line.strip())
