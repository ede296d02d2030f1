"""The verbs that a protocol has no words for.

A driver of a small protocol inherits them and writes only what it can do.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence

from drivers.errors import UnsupportedError
from drivers.payment_terminal import (
    AcquiredCard,
    CancelPreAuthorisationRequest,
    Commit,
    CompletionRequest,
    MaintenanceTask,
    PaymentRequest,
    PaymentResult,
    ReceiptReprint,
    ReconciliationResult,
    ReversalRequest,
    TerminalStatus,
)


class UnsupportedVerbs:
    """Raises `UnsupportedError` for every verb that not all terminals have.

    Args:
        device: The configured name, for errors.
        protocol: What the terminal speaks, for people.
    """

    def __init__(self, device: str, protocol: str) -> None:
        self._name = device
        self._protocol = protocol

    async def reversal(self, request: ReversalRequest, commit: Commit) -> PaymentResult:
        """Not in this protocol."""
        del request, commit
        raise self._unsupported("give back an earlier payment")

    async def pre_authorisation(self, request: PaymentRequest, commit: Commit) -> PaymentResult:
        """Not in this protocol."""
        del request, commit
        raise self._unsupported("set an amount aside")

    async def completion(self, request: CompletionRequest, commit: Commit) -> PaymentResult:
        """Not in this protocol."""
        del request, commit
        raise self._unsupported("book what was set aside")

    async def cancel_pre_authorisation(
        self, request: CancelPreAuthorisationRequest, commit: Commit
    ) -> PaymentResult:
        """Not in this protocol."""
        del request, commit
        raise self._unsupported("set free what was set aside")

    async def open_pre_authorisations(self) -> tuple[str, ...]:
        """Not in this protocol."""
        raise self._unsupported("tell what is set aside")

    async def reconciliation(
        self, commit: Callable[[ReconciliationResult], Awaitable[None]]
    ) -> ReconciliationResult:
        """Not in this protocol."""
        del commit
        raise self._unsupported("be closed for the day by the till")

    async def reprint_receipt(self) -> ReceiptReprint:
        """Not in this protocol."""
        raise self._unsupported("print a receipt once more")

    async def card_acquisition(self) -> AcquiredCard | None:
        """Not in this protocol."""
        raise self._unsupported("read a card without a payment")

    async def display(self, lines: Sequence[str]) -> None:
        """Not in this protocol."""
        del lines
        raise self._unsupported("show a text of the till")

    async def maintenance(
        self, task: MaintenanceTask, local_time: dt.datetime | None = None
    ) -> TerminalStatus:
        """Not in this protocol."""
        del task, local_time
        raise self._unsupported("be maintained by the till")

    def _unsupported(self, what: str) -> UnsupportedError:
        return UnsupportedError(
            f"A terminal that speaks {self._protocol} cannot {what}.", device=self._name
        )
