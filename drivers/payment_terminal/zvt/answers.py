"""What the till says to the terminal while a command runs, verb by verb.

The one rule that matters: the acknowledgement of a result leaves only after `commit(result)` has
returned. If it raised, or if the result is not what was asked for, the terminal hears 84 66
("goods not issued") and reverses.

Source: ZVT PA00P015 rev. 13.08, 2.2.8 and "Answering 04 0F".
"""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec

from drivers.errors import RemoteProtocolError
from drivers.payment_terminal import (
    Commit,
    PaymentRequest,
    PaymentResult,
    Phase,
    PhaseChanged,
    ReconciliationResult,
    ReversalRequest,
)
from drivers.payment_terminal.zvt import results
from drivers.payment_terminal.zvt.receipts import Receipts
from drivers.wire import WireError
from drivers.wire.zvt import codes, requests, shapes
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.dialogue import Word
from drivers.wire.zvt.messages import IntermediateStatus, StatusInformation, TerminalAbort

Publish = Callable[[PhaseChanged], None]
Result = TypeVar("Result", bound=PaymentResult | ReconciliationResult)

COMMITTED = requests.acknowledge()
NOT_COMMITTED = requests.refuse(codes.PROCESSING_ERROR)
NOT_UNDERSTOOD = requests.refuse(codes.FUNCTION_NOT_POSSIBLE)


class QuietAnswers:
    """Acknowledges everything and keeps the result: for commands that only ask."""

    def __init__(self, character_set: int) -> None:
        self.receipts = Receipts(character_set)
        self.information: StatusInformation | None = None

    async def answer(self, word: Word, apdu: Apdu) -> Apdu:
        """Return the acknowledgement of a message."""
        match word:
            case Word.RECEIPT:
                self.receipts.add(apdu)
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
        """Hear what the terminal's display shows."""

    async def result(self, apdu: Apdu) -> Apdu:
        """Take 04 0F and return its answer."""
        try:
            self.information = StatusInformation.parse(apdu)
        except WireError:
            self.information = None
        return requests.acknowledge()


class CommittingAnswers(QuietAnswers, Generic[Result]):
    """Awaits `commit` before it acknowledges a result."""

    payment_id: str | None = None

    def __init__(
        self,
        device: str,
        commit: Callable[[Result], Awaitable[None]],
        publish: Publish,
        character_set: int,
    ) -> None:
        super().__init__(character_set)
        self._device = device
        self._commit = commit
        self._publish = publish
        self.last: Result | None = None
        self.failure: Exception | None = None

    async def answer(self, word: Word, apdu: Apdu) -> Apdu:
        """Return the acknowledgement of a message, and tell the phase of the command."""
        if word is Word.RECEIPT and not self.receipts.begun:
            self.tell(Phase.PRINTING)
        return await super().answer(word, apdu)

    def taken(self) -> None:
        """Publish that the terminal has taken the command."""
        self.tell(Phase.STARTED)

    def progress(self, status: IntermediateStatus) -> None:
        """Publish what the terminal's display shows."""
        shown = " ".join(line.strip() for line in status.lines).strip()
        text = shown or codes.progress_text(status.status)
        self.tell(results.phase_of(status.status), text)

    def tell(self, phase: Phase, text: str | None = None) -> None:
        """Publish a phase of the running command."""
        self._publish(PhaseChanged(phase, self.payment_id, text))

    def convert(self, information: StatusInformation) -> Result:
        """Return the family's value for a result of the terminal."""
        raise NotImplementedError

    async def result(self, apdu: Apdu) -> Apdu:
        """Commit a result, and return the answer that makes it stand or fall."""
        try:
            information = StatusInformation.parse(apdu)
        except WireError as error:
            return self._broken(str(error))
        if information.result_code is None:
            return self._broken("a result without a result code")
        result = self.convert(information)
        if result == self.last:
            return self.verdict(result)  # the same result once more: its answer was lost
        if self.failure is None:
            await self._commit_or_fail(result)
        if self.failure is None:
            self.last = result
        return self.verdict(result)

    def verdict(self, result: Result) -> Apdu:
        """Return the answer to a result that was committed, or could not be."""
        return NOT_COMMITTED if self.failure and result.approved else COMMITTED

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
    """A payment or a reversal: what was approved must be what was asked for."""

    def __init__(
        self,
        device: str,
        request: PaymentRequest | ReversalRequest,
        commit: Commit,
        publish: Publish,
        character_set: int,
    ) -> None:
        super().__init__(device, commit, publish, character_set)
        self.payment_id = request.payment_id
        self._request = request

    def convert(self, information: StatusInformation) -> PaymentResult:
        """Return the result; what differs from the request is no approval."""
        request = self._request
        result = results.payment_result(information, request.amount, request.currency)
        if not result.approved or not self._differs(result):
            return result
        return msgspec.structs.replace(
            result,
            approved=False,
            message="The terminal approved another amount than asked for; it was told to take "
            "that back.",
        )

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
                "The terminal kept another amount than asked for. Look at its slip and take "
                "that back by hand.",
                device=self._device,
            )
        return self.last

    def _after_abort(self, end: Apdu) -> PaymentResult:
        abort = TerminalAbort.parse(end)
        if self.last is None:
            return results.aborted_result(abort, self._request)
        if self.last.approved:
            return results.reversed_result(self.last, abort)
        return msgspec.structs.replace(self.last, reversed=self._differs(self.last))

    def _differs(self, result: PaymentResult) -> bool:
        if result.authorised_amount is None:
            return False
        asked = (self._request.amount, self._request.currency)
        return (result.authorised_amount, result.currency) != asked


class ReconciliationAnswers(CommittingAnswers[ReconciliationResult]):
    """An end of day."""

    def __init__(
        self,
        device: str,
        currency: str,
        commit: Callable[[ReconciliationResult], Awaitable[None]],
        publish: Publish,
        character_set: int,
    ) -> None:
        super().__init__(device, commit, publish, character_set)
        self._currency = currency

    def convert(self, information: StatusInformation) -> ReconciliationResult:
        """Return the totals."""
        return results.reconciliation_result(information, self._currency)

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
            message=codes.result_text(code),
            currency=self._currency,
        )
