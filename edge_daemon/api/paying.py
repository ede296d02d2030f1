"""What registers ask of payment terminals. What moves money is put once, under its own id."""

from collections.abc import Sequence

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from drivers.payment_terminal import AbortOutcome, ReceiptReprint, TerminalStatus
from edge_daemon.api.acts import (
    WAIT_SECONDS,
    BoundRoom,
    ResourceId,
    Wait,
    acting,
    checked_id,
    get_act,
    put_act,
)
from edge_daemon.api.parts import ApiParts
from edge_daemon.payments import (
    Closing,
    CompletionOrder,
    Decision,
    Payment,
    PaymentOrder,
    PaymentOrders,
    Reconciliation,
    ReconciliationOrder,
    RefundOrder,
    ReversalOrder,
    SignatureDecision,
    Terminals,
)
from edge_daemon.scopes import Scope
from edge_daemon.web import Body, StrictBody, documented, needs


class Abortion(msgspec.Struct, frozen=True):
    """What became of the wish to stop a payment.

    Attributes:
        outcome: The terminal's answer to the wish.
        payment: The payment as it stands; an approval can still win.
    """

    outcome: AbortOutcome
    payment: Payment


class PaymentList(msgspec.Struct, frozen=True):
    """Payments that need a person.

    Attributes:
        open: Their end is not known.
        refunds_due: The card paid, and the sale ended without it.
    """

    open: tuple[Payment, ...]
    refunds_due: tuple[Payment, ...]


def payment_routes(parts: ApiParts) -> Sequence[ControllerRouterHandler]:
    """Payments, and what follows from one."""
    orders = parts.payment_orders
    return [
        *_ordering_routes(orders),
        *_follow_up_routes(orders),
        *_person_routes(parts),
    ]


def terminal_routes(terminals: Terminals, closing: Closing) -> Sequence[ControllerRouterHandler]:
    """The terminals themselves, and the end of their day."""

    @put(
        "/v1/reconciliations/{resource_id:str}",
        dto=StrictBody[ReconciliationOrder],
        responses=acting(Reconciliation),
        opt=needs(Scope.TILL),
    )
    async def put_reconciliation(
        resource_id: ResourceId, data: Body[ReconciliationOrder], wait: Wait = WAIT_SECONDS
    ) -> Response[Reconciliation]:
        """Close a terminal's period once and take its totals."""
        location = f"/v1/reconciliations/{resource_id}"
        return await put_act(closing, resource_id, data, wait, location)

    @get(
        "/v1/reconciliations/{resource_id:str}",
        responses=documented(404),
        opt=needs(Scope.TILL, Scope.READ),
    )
    async def get_reconciliation(resource_id: ResourceId) -> Reconciliation:
        """How a reconciliation stands, with both totals and their difference."""
        return await get_act(closing, resource_id)

    @post(
        "/v1/terminals/{name:str}/diagnose",
        status_code=200,
        responses=documented(404, 409),
        opt=needs(Scope.PAY),
    )
    async def diagnose_terminal(name: FromPath[str]) -> TerminalStatus:
        """Ask a terminal how it is."""
        return await terminals.diagnose(name)

    @post(
        "/v1/terminals/{name:str}/reprint",
        status_code=200,
        responses=documented(404, 409),
        opt=needs(Scope.PAY),
    )
    async def reprint_receipt(name: FromPath[str]) -> ReceiptReprint:
        """Have a terminal's last slips once more."""
        return await terminals.reprint(name)

    return [put_reconciliation, get_reconciliation, diagnose_terminal, reprint_receipt]


def _ordering_routes(orders: PaymentOrders) -> Sequence[ControllerRouterHandler]:
    payments = BoundRoom(orders.put_payment, orders.get)
    refunds = BoundRoom(orders.put_refund, orders.get)

    @put(
        "/v1/payments/{resource_id:str}",
        dto=StrictBody[PaymentOrder],
        responses=acting(Payment),
        opt=needs(Scope.PAY),
    )
    async def put_payment(
        resource_id: ResourceId, data: Body[PaymentOrder], wait: Wait = WAIT_SECONDS
    ) -> Response[Payment]:
        """Take a card payment once, or set an amount aside."""
        return await put_act(payments, resource_id, data, wait, f"/v1/payments/{resource_id}")

    @get(
        "/v1/payments/{resource_id:str}",
        responses=documented(404),
        opt=needs(Scope.PAY, Scope.REFUND, Scope.READ),
    )
    async def get_payment(resource_id: ResourceId) -> Payment:
        """How a payment, refund, reversal or completion stands."""
        return await get_act(payments, resource_id)

    @put(
        "/v1/refunds/{resource_id:str}",
        dto=StrictBody[RefundOrder],
        responses=acting(Payment),
        opt=needs(Scope.REFUND),
    )
    async def put_refund(
        resource_id: ResourceId, data: Body[RefundOrder], wait: Wait = WAIT_SECONDS
    ) -> Response[Payment]:
        """Pay money to a card once."""
        return await put_act(refunds, resource_id, data, wait, f"/v1/payments/{resource_id}")

    return [put_payment, get_payment, put_refund]


def _follow_up_routes(orders: PaymentOrders) -> Sequence[ControllerRouterHandler]:
    reversals = BoundRoom(orders.put_reversal, orders.get)
    completions = BoundRoom(orders.put_completion, orders.get)

    @put(
        "/v1/reversals/{resource_id:str}",
        dto=StrictBody[ReversalOrder],
        responses=acting(Payment),
        opt=needs(Scope.REFUND),
    )
    async def put_reversal(
        resource_id: ResourceId, data: Body[ReversalOrder], wait: Wait = WAIT_SECONDS
    ) -> Response[Payment]:
        """Give one earlier payment back once."""
        return await put_act(reversals, resource_id, data, wait, f"/v1/payments/{resource_id}")

    @put(
        "/v1/completions/{resource_id:str}",
        dto=StrictBody[CompletionOrder],
        responses=acting(Payment),
        opt=needs(Scope.PAY),
    )
    async def put_completion(
        resource_id: ResourceId, data: Body[CompletionOrder], wait: Wait = WAIT_SECONDS
    ) -> Response[Payment]:
        """Book what was set aside once, or set it free."""
        return await put_act(completions, resource_id, data, wait, f"/v1/payments/{resource_id}")

    return [put_reversal, put_completion]


def _person_routes(parts: ApiParts) -> Sequence[ControllerRouterHandler]:
    room = parts.payments
    payments = BoundRoom(parts.payment_orders.put_payment, room.get)

    @get("/v1/payments", responses=documented(), opt=needs(Scope.PAY, Scope.READ))
    async def list_payments() -> PaymentList:
        """The payments that need a person: in doubt, or to be given back."""
        return PaymentList(tuple(await room.open()), tuple(await room.refunds_due()))

    @post(
        "/v1/payments/{resource_id:str}/abort",
        status_code=200,
        responses=documented(404, 409, 507),
        opt=needs(Scope.PAY),
    )
    async def abort_payment(resource_id: ResourceId) -> Abortion:
        """Ask the terminal to stop this payment. An approval can still win."""
        outcome = await room.abort(checked_id(resource_id))
        return Abortion(outcome, await get_act(payments, resource_id))

    @post(
        "/v1/payments/{resource_id:str}/resolve",
        dto=StrictBody[Decision],
        status_code=200,
        responses=documented(404, 409, 413, 415, 507),
        opt=needs(Scope.PAY),
    )
    async def resolve_payment(resource_id: ResourceId, data: Body[Decision]) -> Payment:
        """End a doubt by a person's word: who, and what display or slip show."""
        return await room.resolution.decide(checked_id(resource_id), data.request)

    @post(
        "/v1/payments/{resource_id:str}/signature",
        dto=StrictBody[SignatureDecision],
        status_code=200,
        responses=documented(404, 409, 413, 415, 507),
        opt=needs(Scope.PAY),
    )
    async def answer_signature(resource_id: ResourceId, data: Body[SignatureDecision]) -> Payment:
        """Say whether the signature is the card's; a refused one is given back."""
        decision = data.request
        return await room.sign(
            checked_id(resource_id), accepted=decision.accepted, operator=decision.operator_id
        )

    return [list_payments, abort_payment, resolve_payment, answer_signature]
