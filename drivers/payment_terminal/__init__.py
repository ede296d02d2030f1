"""Payment terminals: the verbs and values that every terminal driver shares.

Words are those of the nexo Retailer Protocol; ZVT and others map to them.

Truth about money. A driver never acknowledges a result to the terminal by itself: it awaits the
caller's `commit(result)` (journal, fsync) before the byte that makes the terminal keep the
booking. If `commit` raises, the driver first answers so that the terminal reverses, then lets the
error rise. A connection lost after the request left is `OutcomeUnknownError`, never a decline.
"""

import datetime as dt
import enum
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Literal, Protocol

import msgspec


class Capability(enum.StrEnum):
    """What a terminal can do; a verb without its capability raises `UnsupportedError`."""

    PAYMENT = "payment"
    REFUND = "refund"
    REVERSAL = "reversal"
    PRE_AUTHORISATION = "pre_authorisation"
    ABORT = "abort"
    TRANSACTION_STATUS = "transaction_status"
    RECONCILIATION = "reconciliation"
    RECEIPT_REPRINT = "receipt_reprint"
    PARTIAL_APPROVAL = "partial_approval"
    CARD_ACQUISITION = "card_acquisition"
    DISPLAY = "display"
    MAINTENANCE = "maintenance"


class EntryMode(enum.StrEnum):
    """How the card was read (the journal's `entry_mode`)."""

    CONTACTLESS = "Contactless"
    CHIP = "Chip"
    MAGSTRIPE = "Magstripe"
    MANUAL = "Manual"


class CardholderVerification(enum.StrEnum):
    """How the customer was verified (the journal's `cvm`)."""

    NONE = "None"
    PIN = "PIN"
    CDCVM = "CDCVM"
    SIGNATURE = "Signature"


class TerminalRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What every request that moves money says.

    Attributes:
        payment_id: The till's transaction id (ULID): the journal's `payment_id`. Each refund,
            reversal and completion has one of its own.
        amount: Minor units, positive.
        currency: ISO 4217, alphabetic.
        operator_id: Pseudonym, where the terminal can carry it.
        last_receipt_number, last_trace_number: The last numbers that are booked or known from
            this terminal, as journalled before this request. A terminal that only this till uses
            may be told the receipt number, so that it takes back what the till never heard of.
        terminal_id: The terminal's own id, as journalled before this request: another one means
            that the terminal was swapped.
        sent_at: For `transaction_status`: when it was sent, in the shop's local time,
            `YYYY-MM-DDTHH:MM:SS`.
        protocol_trace_id: The id of this exchange on the wire, where the protocol has one that
            must be known before it is used (nexo: ServiceID).
    """

    payment_id: str
    amount: int
    currency: str
    operator_id: str | None = None
    last_receipt_number: str | None = None
    last_trace_number: str | None = None
    terminal_id: str | None = None
    sent_at: str | None = None
    protocol_trace_id: str | None = None


class PaymentRequest(TerminalRequest, frozen=True, kw_only=True):
    """A purchase, or an amount to set aside (`pre_authorisation`).

    Attributes:
        allow_partial: Less than `amount` may be approved; the caller then collects the rest.
    """

    allow_partial: bool = False


class RefundRequest(TerminalRequest, frozen=True, kw_only=True):
    """Pay money to a card, without an earlier payment to refer to."""


class FollowUpRequest(TerminalRequest, frozen=True, kw_only=True):
    """A request about an earlier transaction; a terminal knows it by what its driver can say.

    Attributes:
        original_receipt_number: ZVT: the terminal's receipt number of the original.
        original_trace_number: ZVT: its trace number, to recognise the answer by.
        original_poi_transaction_id, original_timestamp: nexo: POITransactionID of the original.
    """

    original_receipt_number: str | None = None
    original_trace_number: str | None = None
    original_poi_transaction_id: str | None = None
    original_timestamp: str | None = None


class ReversalRequest(FollowUpRequest, frozen=True, kw_only=True):
    """Give back one earlier payment; `amount` is what was authorised."""


class CompletionRequest(FollowUpRequest, frozen=True, kw_only=True):
    """Book what was set aside: `amount`; the rest of `original_amount` is set free."""

    original_amount: int


class CancelPreAuthorisationRequest(FollowUpRequest, frozen=True, kw_only=True):
    """Set free what was set aside; `amount` is what the original set aside."""


class PaymentResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    r"""The terminal's answer: yes or no. Field by field in the reference's result record.

    Attributes:
        approved: Money will move for `authorised_amount`.
        reversed: It had said yes, and then took the booking back by itself.
        cancelled: By the customer, the till or a time-out; no bank declined it.
        result_code: The terminal's own code (ZVT: BMP 27 or the 06 1E result, two hex digits).
        error_condition: nexo: the ErrorCondition, as it came: the list is open.
        host_code: The bank's own code, where it is told beside the terminal's.
        message: What to tell the clerk, in plain words.
        requested_amount, authorised_amount: Minor units; the second as the terminal says it.
        remaining_amount: Of a partial approval, what is still to be paid, as the terminal says it.
        poi_transaction_id: nexo: the terminal's id of this transaction.
        protocol_trace_id: The id of this exchange on the wire (nexo: ServiceID).
        card_pseudonym: Stays the same for one card and is no card number: a loyalty key.
        masked_pan: At most the first 6 and the last 4 digits; the driver has masked it.
        terminal_time: Local time of the terminal, `YYYY-MM-DDTHH:MM:SS`; without the year where
            it told none (ZVT: `MM-DDTHH:MM:SS`).
        receipt_text_merchant, receipt_text_customer: As delivered, lines joined by `\n`.
    """

    approved: bool
    reversed: bool = False
    cancelled: bool = False
    result_code: str = ""
    error_condition: str | None = None
    host_code: str | None = None
    message: str = ""
    requested_amount: int
    authorised_amount: int | None = None
    remaining_amount: int | None = None
    currency: str
    terminal_id: str | None = None
    merchant_id: str | None = None
    receipt_number: str | None = None
    trace_number: str | None = None
    original_trace: str | None = None
    turnover_number: str | None = None
    poi_transaction_id: str | None = None
    protocol_trace_id: str | None = None
    authorization_code: str | None = None
    card_brand: str | None = None
    application_label: str | None = None
    application_id: str | None = None
    masked_pan: str | None = None
    card_sequence: str | None = None
    card_pseudonym: str | None = None
    entry_mode: EntryMode | None = None
    cvm: CardholderVerification | None = None
    offline_approved: bool | None = None
    terminal_time: str | None = None
    receipt_text_merchant: str | None = None
    receipt_text_customer: str | None = None
    signature_required: bool = False

    @property
    def partial(self) -> bool:
        """True when less was approved than asked for."""
        amount = self.authorised_amount
        return self.approved and amount is not None and amount < self.requested_amount


class Processed(msgspec.Struct, frozen=True, tag="processed"):
    """The terminal shows the payment; `result` says yes or no.

    On a terminal that other tills use or that takes amounts by hand, somebody else's payment of
    the same amount in just this place cannot be told from ours.
    """

    result: PaymentResult


class Reversed(msgspec.Struct, frozen=True, tag="reversed"):
    """The terminal took back what it had approved. `result` is what it shows now, if anything."""

    result: PaymentResult | None = None


class NotProcessed(msgspec.Struct, frozen=True, tag="not_processed"):
    """The terminal booked nothing since the numbers in the request were journalled."""


class Unknown(msgspec.Struct, frozen=True, tag="unknown", omit_defaults=True):
    """Only a person can tell: `reason`, for the clerk, and what the terminal shows."""

    reason: str
    result: PaymentResult | None = None


TransactionStatus = Processed | Reversed | NotProcessed | Unknown


class TerminalState(enum.StrEnum):
    """What the terminal is ready for."""

    LOGGED_OUT = "logged_out"
    IDLE = "idle"
    BUSY = "busy"
    LOCKED = "locked"
    NEEDS_RECONCILIATION = "needs_reconciliation"
    NEEDS_DIAGNOSIS = "needs_diagnosis"
    MAINTENANCE = "maintenance"
    OUT_OF_ORDER = "out_of_order"


class TerminalStatus(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to `diagnosis`."""

    state: TerminalState
    status_code: str = ""
    message: str = ""
    terminal_id: str | None = None
    software_version: str | None = None


class BrandTotal(msgspec.Struct, frozen=True):
    """One card scheme's part of the terminal's totals; `amount` in minor units."""

    card_brand: str
    count: int
    amount: int


class ReconciliationResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    r"""The terminal's totals since the last reconciliation, in minor units.

    `receipt_text` is what it printed at the till, lines joined by `\n`.
    """

    approved: bool
    result_code: str = ""
    message: str = ""
    currency: str
    total: int = 0
    totals: tuple[BrandTotal, ...] = ()
    terminal_id: str | None = None
    trace_number: str | None = None
    receipt_text: str | None = None


class ReceiptReprint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    r"""The slips of the terminal's last transaction once more, lines joined by `\n`.

    Without texts the terminal has printed them itself.
    """

    receipt_text_merchant: str | None = None
    receipt_text_customer: str | None = None


class AcquiredCard(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A card that was read without a payment.

    Attributes:
        payment_card: False for a loyalty or a staff card.
        card_pseudonym: The right key for loyalty. For a card that is none for payments, its UID.
    """

    payment_card: bool
    card_pseudonym: str | None = None
    card_brand: str | None = None
    masked_pan: str | None = None
    application_id: str | None = None
    entry_mode: EntryMode | None = None


class MaintenanceTask(enum.StrEnum):
    """What a terminal can be asked to do for its own health."""

    DIAGNOSIS = "diagnosis"
    """Talk to the host (ZVT 06 70)."""
    INITIALISATION = "initialisation"
    """Fetch keys and parameters (ZVT 06 93)."""
    SET_CLOCK = "set_clock"


class AbortOutcome(enum.StrEnum):
    """What became of the wish to abort. The payment's own result follows in any case."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    TOO_LATE = "too_late"


class Phase(enum.StrEnum):
    """Where a payment stands, for the register's screen."""

    STARTED = "started"
    """The terminal has taken the request."""
    WAITING_FOR_CARD = "waiting_for_card"
    CARD_READ = "card_read"
    PIN_ENTRY = "pin_entry"
    AUTHORISING = "authorising"
    REMOVE_CARD = "remove_card"
    PRINTING = "printing"
    AUTO_REVERSAL = "auto_reversal"
    OTHER = "other"


class PhaseChanged(msgspec.Struct, frozen=True, tag="phase_changed", omit_defaults=True):
    """The running command moved on; `text` is what the terminal's display says, where told."""

    phase: Phase
    payment_id: str | None = None
    text: str | None = None


class TerminalStatusChanged(msgspec.Struct, frozen=True, tag="terminal_status_changed"):
    """The terminal's state differs from what it was."""

    status: TerminalStatus


class LateResult(msgspec.Struct, frozen=True, tag="late_result"):
    """A result that nobody waited for any more. The terminal was told to take it back."""

    result: PaymentResult


class DisplayTarget(enum.StrEnum):
    """Whom a text is meant for."""

    CASHIER = "cashier"
    CUSTOMER = "customer"


class DisplayText(msgspec.Struct, frozen=True, tag="display_text", omit_defaults=True):
    """What the terminal shows, or wants to be shown."""

    lines: tuple[str, ...]
    target: DisplayTarget = DisplayTarget.CUSTOMER
    payment_id: str | None = None


class ReceiptKind(enum.StrEnum):
    """Whom a slip is for."""

    MERCHANT = "merchant"
    CUSTOMER = "customer"
    ADMINISTRATION = "administration"


class ReceiptLines(msgspec.Struct, frozen=True, tag="receipt_lines", omit_defaults=True):
    """Lines of a slip as they come; `last` ends this slip, `kind` is None where it is not told."""

    lines: tuple[str, ...]
    kind: ReceiptKind | None = None
    last: bool = False
    signature_required: bool = False
    payment_id: str | None = None


class SignatureRequired(msgspec.Struct, frozen=True, tag="signature_required"):
    """The customer has to sign. Refused, the payment is to be reversed."""

    payment_id: str


class NonPaymentCard(msgspec.Struct, frozen=True, tag="non_payment_card"):
    """A card was held to the reader that pays nothing: a loyalty or a staff card."""

    card_pseudonym: str


class MaintenanceChanged(msgspec.Struct, frozen=True, tag="maintenance_changed"):
    """The terminal begins or ends to look after itself; meanwhile it takes no payments."""

    active: bool
    message: str = ""


class TracedMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message on the wire, without card data: a line of a capture for support.

    Written as JSON Lines, one object for each message, a capture can be replayed to the driver.

    Attributes:
        at: Seconds since the capture began.
        sender: `till` or `terminal`.
        protocol: The driver's name.
        name: What the message is, for people.
        message: Hexadecimal digits where the protocol is binary, else text. Redacted, with all
            lengths as they were; empty where a message was not understood and so not kept.
    """

    at: float
    sender: Literal["till", "terminal"]
    protocol: str
    name: str
    message: str = ""


TerminalEvent = (
    PhaseChanged
    | TerminalStatusChanged
    | LateResult
    | DisplayText
    | ReceiptLines
    | SignatureRequired
    | NonPaymentCard
    | MaintenanceChanged
)


Commit = Callable[[PaymentResult], Awaitable[None]]
"""Journals the result durably. Returns when it is on disk; raises when it is not."""


class PaymentTerminal(Protocol):
    """An open payment terminal. One verb at a time; a second one raises `BusyError`."""

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this terminal can do."""
        ...

    @property
    def status(self) -> TerminalStatus | None:
        """How the terminal was when it last said so. Asks nothing."""
        ...

    async def login(self) -> TerminalStatus:
        """Register at the terminal. Done by the driver itself when it opens the device.

        Raises:
            RefusedError: The terminal does not take this till (password, currency).
            OfflineError: Not reachable.
        """
        ...

    async def logout(self) -> None:
        """End the till's registration (ZVT 06 02). `login` begins a new one.

        Raises:
            BusyError: A command runs.
            OfflineError: Not reachable.
        """
        ...

    async def diagnosis(self) -> TerminalStatus:
        """Ask the terminal how it is (ZVT 05 01). Changes nothing.

        Raises:
            BusyError: A command runs.
            OfflineError: Not reachable.
        """
        ...

    async def payment(self, request: PaymentRequest, commit: Commit) -> PaymentResult:
        """Ask the customer to pay and wait for the card scheme's answer.

        Returns:
            The terminal's final answer, after its completion. A declined card is an answer:
            `approved` is False. `reversed` is True when a committed yes was then taken back.

        Raises:
            BusyError, RefusedError: Not started.
            OfflineError: Not reachable; nothing was sent.
            OutcomeUnknownError: Sent, and no final answer came. Money may have moved: ask
                `transaction_status`, never send this again.
            Exception: What `commit` raised; the terminal was told to reverse.

        Source: ZVT PA00P015 rev. 13.08, 06 01 and 2.2.8; nexo PaymentRequest.
        """
        ...

    async def refund(self, request: RefundRequest, commit: Commit) -> PaymentResult:
        """Pay money to the customer's card (ZVT 06 31).

        Returns and raises: As `payment`.
        """
        ...

    async def pre_authorisation(self, request: PaymentRequest, commit: Commit) -> PaymentResult:
        """Set an amount aside on the customer's card (ZVT 06 22).

        Returns and raises: As `payment`. Keep the result's numbers: `completion` and
        `cancel_pre_authorisation` name them.
        """
        ...

    async def completion(self, request: CompletionRequest, commit: Commit) -> PaymentResult:
        """Book what was set aside, or a part of it (ZVT 06 23 for a part, 06 24 for all).

        Returns and raises: As `payment`.
        """
        ...

    async def cancel_pre_authorisation(
        self, request: CancelPreAuthorisationRequest, commit: Commit
    ) -> PaymentResult:
        """Set free what was set aside (ZVT 06 25).

        Returns and raises: As `payment`.
        """
        ...

    async def open_pre_authorisations(self) -> tuple[str, ...]:
        """Return the receipt numbers of what is set aside and not booked (ZVT 06 23, enquiry).

        Raises:
            As `diagnosis`; UnsupportedError where the terminal cannot tell.
        """
        ...

    async def transaction_status(
        self, request: TerminalRequest, received: PaymentResult | None = None
    ) -> TransactionStatus:
        """Ask the terminal what became of a request whose outcome is unknown. Changes nothing.

        Args:
            request: The payment, refund, reversal … as it was sent.
            received: The result that was committed, where the end was lost after it.

        Raises:
            BusyError: A command runs, also the one in doubt: ask again.
            OfflineError: Not reachable. The outcome stays unknown.
            UnsupportedError: The terminal cannot show its last transaction.

        Source: ZVT PA00P015 rev. 13.08, 06 20; nexo TransactionStatusRequest.
        """
        ...

    async def last_result(self) -> PaymentResult | None:
        """Ask for the last transaction that the terminal stored, or None where it shows none.

        Raises:
            As `transaction_status`.
        """
        ...

    async def reversal(self, request: ReversalRequest, commit: Commit) -> PaymentResult:
        """Give back a payment that this terminal still holds (ZVT 06 30 with its receipt number).

        Returns and raises: As `payment`. Already reversed is an answer: `approved` is False and
        `result_code` says so (ZVT B4).
        """
        ...

    async def abort(self) -> AbortOutcome:
        """Ask the running payment to stop. An approval can still win.

        Raises:
            RefusedError: No command runs.
            OfflineError: Not reachable.
        """
        ...

    async def reconciliation(
        self, commit: Callable[[ReconciliationResult], Awaitable[None]]
    ) -> ReconciliationResult:
        """Close the terminal's period and return its totals (ZVT 06 50 end of day).

        Raises:
            As `payment`.
        """
        ...

    async def reprint_receipt(self) -> ReceiptReprint:
        """Print the last transaction's slips once more (ZVT 06 20). Moves no money.

        Raises:
            As `diagnosis`; RefusedError where there is nothing to print.
        """
        ...

    async def card_acquisition(self) -> AcquiredCard | None:
        """Read a card without a payment; None when nobody presented one. `abort` ends it.

        Raises:
            As `diagnosis`; UnsupportedError where the terminal cannot.
        """
        ...

    async def display(self, lines: Sequence[str]) -> None:
        """Show lines on the terminal's display for some seconds.

        Raises:
            As `diagnosis`; UnsupportedError where the terminal cannot.
        """
        ...

    async def maintenance(
        self, task: MaintenanceTask, local_time: dt.datetime | None = None
    ) -> TerminalStatus:
        """Have the terminal look after itself, and return how it is afterwards.

        Args:
            task: What to do. It may print, and take minutes.
            local_time: The shop's time, for `SET_CLOCK`.

        Raises:
            RefusedError: The terminal could not; the message says why.
            As `diagnosis`; UnsupportedError where the terminal has no such task.
        """
        ...

    def events(self) -> AsyncIterator[TerminalEvent]:
        """Subscribe, from this moment on. Iterating raises `OfflineError` when the link is gone."""
        ...

    def trace(self, listener: Callable[[TracedMessage], None]) -> Callable[[], None]:
        """Call `listener` with every message from now on; calling what is returned ends that."""
        ...

    async def close(self) -> None:
        """Let go of the terminal. A payment under way ends as unknown. Never raises."""
        ...
