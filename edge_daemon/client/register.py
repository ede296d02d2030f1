"""A register: every call to the box, as a method.

Each method that acts takes the id of its act. Without one it makes one; a register that must not
lose an act over its own restart makes the id itself, keeps it, and asks again with it.
"""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Self

from edge_daemon.client.asking import Json, without_none
from edge_daemon.client.connection import Connection, Line, new_id
from edge_daemon.client.events import STALE_SCAN_SECONDS, Events
from edge_daemon.client.selling import SellingCalls
from edge_daemon.client.staff import StaffCalls
from edge_daemon.client.stock import StockCalls
from edge_daemon.client.till import TillCalls
from edge_daemon.client.values import (
    Abortion,
    Device,
    DeviceList,
    DrawerOpening,
    Identity,
    Lease,
    OpenPayments,
    Payment,
    PrintJob,
    Reconciliation,
    Shop,
    Shown,
    Weight,
)


class Register(SellingCalls, TillCalls, StaffCalls, StockCalls):
    """A register at one workstation, paired with a box. Entered while it is in use.

    Every method raises `RefusedError` when the box refuses: nothing was done then; and
    `NoAnswerError` when it does not answer: then what was asked for may have happened, and asking
    again under the same id tells.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        workstation: str | None = None,
        operator_id: str | None = None,
        line: Line | None = None,
    ) -> None:
        """Take where the box is and who we are.

        Args:
            url: Such as `http://127.0.0.1:8420`.
            token: What pairing gave.
            workstation: The one that we act for; it says which printer, drawer … are ours.
            operator_id: Pseudonym of the cashier; may be changed while in use.
            line: How to speak to it; with a box's own certificate `Line(verify=…)`.
        """
        self.workstation = workstation
        self.operator_id = operator_id
        self._box = Connection(url, token, line or Line())

    async def __aenter__(self) -> Self:
        """Open the line."""
        await self._box.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the line. What is under way goes on in the box."""
        await self._box.__aexit__(kind, error, trace)

    # --- what is ---

    async def get(self, path: str, **query: str | int) -> Json:
        """Read what has no method here, such as `/v1/journal`, as JSON."""
        return await self._box.get(Json, path, **query)

    async def identity(self) -> Identity:
        """Who we are to the box, and what we may do."""
        return await self._box.get(Identity, "/v1/caller")

    async def shop(self) -> Shop:
        """The shop's money and rules, and which devices each till has."""
        return await self._box.get(Shop, "/v1/shop")

    async def health(self) -> Json:
        """How the box is: `status` is `ok`, `degraded` or `failed`; `problems` are for people."""
        return await self.get("/v1/health")

    async def devices(self) -> tuple[Device, ...]:
        """All devices as they stand."""
        return (await self._box.get(DeviceList, "/v1/devices")).devices

    async def device(self, name: str) -> Device:
        """One device as it stands."""
        return await self._box.get(Device, f"/v1/devices/{name}")

    def events(
        self,
        *,
        types: Sequence[str] = (),
        devices: Sequence[str] = (),
        after: str | None = None,
        stale_scan_seconds: float = STALE_SCAN_SECONDS,
    ) -> Events:
        """Listen to the live stream; see `Events`.

        Args:
            types: Only these; all where empty.
            devices: Of the devices' events only those of these; all where empty.
            after: The last id that was handled; what came since comes first.
            stale_scan_seconds: Older scans come as `stale_scan`, older cards as `stale_card`.
        """
        return Events(
            self._box,
            types=types,
            devices=devices,
            after=after,
            stale_scan_seconds=stale_scan_seconds,
        )

    # --- printer and drawer ---

    async def print(
        self,
        document: Sequence[Mapping[str, Any]],
        *,
        printer: str | None = None,
        job_id: str | None = None,
    ) -> PrintJob:
        """Print, on our printer where none is named.

        Args:
            document: Elements from top to bottom: `{"type": "text", "text": …}`, `{"type": "cut"}`.
            printer: A configured receipt printer.
            job_id: A ULID.
        """
        body = self._said(document=document, printer=printer)
        return await self._box.act(PrintJob, f"/v1/print-jobs/{job_id or new_id()}", body)

    async def print_job(self, job_id: str) -> PrintJob:
        """How a print stands."""
        return await self._box.get(PrintJob, f"/v1/print-jobs/{job_id}")

    async def open_drawer(
        self,
        reason: str,
        *,
        drawer: str | None = None,
        approval_id: str | None = None,
        opening_id: str | None = None,
    ) -> DrawerOpening:
        """Open a drawer without a sale, now or not at all; `reason` stays in the journal."""
        body = self._said(reason=reason, drawer=drawer, approval_id=approval_id)
        path = f"/v1/drawer-openings/{opening_id or new_id()}"
        return await self._box.act(DrawerOpening, path, body)

    async def drawer_opening(self, opening_id: str) -> DrawerOpening:
        """How an opening ended."""
        return await self._box.get(DrawerOpening, f"/v1/drawer-openings/{opening_id}")

    # --- cards without a sale ---

    async def pay(
        self,
        amount: int,
        *,
        terminal: str | None = None,
        pre_authorisation: bool = False,
        allow_partial: bool = False,
        payment_id: str | None = None,
    ) -> Payment:
        """Take a card payment, or set an amount aside."""
        body = self._said(
            amount=amount,
            terminal=terminal,
            pre_authorisation=pre_authorisation or None,
            allow_partial=allow_partial or None,
        )
        return await self._box.act(Payment, f"/v1/payments/{payment_id or new_id()}", body)

    async def payment(self, payment_id: str) -> Payment:
        """How a payment, refund, reversal or completion stands."""
        return await self._box.get(Payment, f"/v1/payments/{payment_id}")

    async def open_payments(self) -> OpenPayments:
        """The payments that need a person."""
        return await self._box.get(OpenPayments, "/v1/payments")

    async def refund(
        self,
        amount: int,
        reason: str,
        *,
        terminal: str | None = None,
        refund_id: str | None = None,
    ) -> Payment:
        """Pay money to a card."""
        body = self._said(amount=amount, reason=reason, terminal=terminal)
        return await self._box.act(Payment, f"/v1/refunds/{refund_id or new_id()}", body)

    async def reverse(
        self, payment_id: str, reason: str, *, reversal_id: str | None = None
    ) -> Payment:
        """Give one payment back, whole."""
        body = without_none(payment_id=payment_id, reason=reason, operator_id=self.operator_id)
        return await self._box.act(Payment, f"/v1/reversals/{reversal_id or new_id()}", body)

    async def complete(
        self, payment_id: str, amount: int, *, completion_id: str | None = None
    ) -> Payment:
        """Book what was set aside, or set it free with the amount 0."""
        body = without_none(payment_id=payment_id, amount=amount, operator_id=self.operator_id)
        return await self._box.act(Payment, f"/v1/completions/{completion_id or new_id()}", body)

    async def abort(self, payment_id: str) -> Abortion:
        """Ask the terminal to stop; an approval can still win."""
        return await self._box.post(Abortion, f"/v1/payments/{payment_id}/abort")

    async def sign(self, payment_id: str, *, accepted: bool) -> Payment:
        """Say whether the signature is the card's; a refused one is given back."""
        body = {"accepted": accepted, "operator_id": self.operator_id}
        return await self._box.post(Payment, f"/v1/payments/{payment_id}/signature", body)

    async def resolve(
        self,
        payment_id: str,
        state: Literal["APPROVED", "DECLINED", "NOT_PROCESSED", "REVERSED"],
        reason: str,
    ) -> Payment:
        """End a doubt by a person's word: what display or slip show."""
        body = {"state": state, "reason": reason, "operator_id": self.operator_id}
        return await self._box.post(Payment, f"/v1/payments/{payment_id}/resolve", body)

    async def reconcile(
        self, *, terminal: str | None = None, reconciliation_id: str | None = None
    ) -> Reconciliation:
        """Close a terminal's day."""
        path = f"/v1/reconciliations/{reconciliation_id or new_id()}"
        return await self._box.act(Reconciliation, path, self._said(terminal=terminal))

    async def reconciliation(self, reconciliation_id: str) -> Reconciliation:
        """How the end of a terminal's day stands."""
        return await self._box.get(Reconciliation, f"/v1/reconciliations/{reconciliation_id}")

    async def weigh(self, scale: str) -> Weight:
        """Wait for a weight at rest, measured from now on; `RefusedError` where there is none."""
        return await self._box.get(Weight, f"/v1/scales/{scale}/weight")

    async def show(
        self,
        display: str,
        lines: Sequence[str],
        *,
        blink: bool = False,
        brightness: int | None = None,
    ) -> Shown:
        """Show text on a customer display until other text comes; a sale shows itself."""
        body = without_none(lines=list(lines), blink=blink, brightness=brightness)
        return await self._box.put(Shown, f"/v1/displays/{display}/text", body)

    async def shown(self, display: str) -> Shown:
        """What a customer display shows."""
        return await self._box.get(Shown, f"/v1/displays/{display}/text")

    # --- what registers share ---

    async def lease(self, device: str, *, in_turn: bool = False) -> Lease:
        """Have a scanner, scale, reader or terminal to ourselves while we listen to `events`.

        `RefusedError` where another register has it; `in_turn` waits in line instead, for as long
        as it takes. Whoever stops waiting loses the place.
        """
        body, path = without_none(workstation=self.workstation), f"/v1/leases/{device}"
        if in_turn:
            return await self._box.act(Lease, path, body)
        return await self._box.put(Lease, path, body)

    async def lease_of(self, device: str) -> Lease:
        """Who has it."""
        return await self._box.get(Lease, f"/v1/leases/{device}")

    async def release(self, device: str) -> Lease:
        """Give it back."""
        return await self._box.post(Lease, f"/v1/leases/{device}/release")
