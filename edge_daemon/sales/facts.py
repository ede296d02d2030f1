"""What has to be looked up for a basket, and whether it still holds when the intent is written."""

import datetime as dt
import sqlite3
from collections.abc import Iterable, Mapping

from edge_daemon.catalogue import Articles
from edge_daemon.config import Configuration
from edge_daemon.errors import InvalidRequestError, NotAllowedError
from edge_daemon.journal import Journal
from edge_daemon.records.master_data import WebOrder
from edge_daemon.records.payloads import RetailTransaction, TransactionStatus
from edge_daemon.sales.basket import Basket
from edge_daemon.sales.claims import GIVEN_UP, Taken, claims_on, taken_of
from edge_daemon.sales.orders import WebOrders
from edge_daemon.sales.pricing import Facts, item_key
from edge_daemon.sales.projection import find_sale
from edge_daemon.sales.requests import BasketRequest

Lookup = tuple[dict[str, RetailTransaction], dict[tuple[str, str], Taken]]


class FactFinder:
    """Looks up articles, rates and earlier receipts."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        articles: Articles,
        orders: WebOrders,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._articles = articles
        self._orders = orders

    async def find(self, transaction_id: str, request: BasketRequest, now_us: int) -> Facts:
        """Everything that the pricing of a basket needs.

        Raises:
            InvalidRequestError: Goods come back on a receipt that was undone, or was practice.
        """
        keys = dict.fromkeys(key for line in request.lines if (key := item_key(line)) is not None)
        articles = await self._articles.find(list(keys), now_us) if keys else {}
        named = {line.returns.transaction_id for line in request.lines if line.returns is not None}
        originals: dict[str, RetailTransaction] = {}
        taken: dict[tuple[str, str], Taken] = {}
        if named:
            ordered = self._orders.delivered(named)
            originals, taken = await self._journal.query(
                lambda connection: _originals(
                    connection, named, ordered, transaction_id, training=request.training
                )
            )
        day = dt.date.fromisoformat(self._journal.clock.business_day(now_us))

        def rate_bp(code: str) -> int | None:
            rate = self._articles.rate_bp(code, now_us)
            if rate is None and (found := self._configuration.tax_code(code, day)) is not None:
                rate = found.rate_bp
            return rate

        return Facts(
            transaction_id=transaction_id,
            articles=articles,
            originals=originals,
            taken=taken,
            rate_bp=rate_bp,
            known_codes=[one.code for one in self._configuration.tax_codes],
            open_price_tax_code=self._configuration.sales.open_price_tax_code,
        )

    async def web_orders(self) -> list[WebOrder]:
        """What waits here or can come back, the oldest first; not what was handed out here."""
        orders = self._orders.all()

        def here(connection: sqlite3.Connection) -> list[WebOrder]:
            return [each for each in orders if not _handed_out(connection, each.transaction_id)]

        return await self._journal.query(here)


def _handed_out(connection: sqlite3.Connection, order_id: str) -> bool:
    return any(claim.kind == "Replaces" for claim in claims_on(connection, order_id))


def _originals(
    connection: sqlite3.Connection,
    named: Iterable[str],
    ordered: Mapping[str, RetailTransaction],
    claimant: str,
    *,
    training: bool,
) -> Lookup:
    originals: dict[str, RetailTransaction] = {}
    taken: dict[tuple[str, str], Taken] = {}
    for transaction_id in named:
        row = find_sale(connection, transaction_id)
        original = ordered.get(transaction_id) if row is None else row.transaction
        if original is None or original.status is not TransactionStatus.COMPLETED:
            continue
        if (row is not None and row.training) != training:
            raise InvalidRequestError(
                "A practice receipt takes nothing back, and practice takes no real receipt.",
                "$.training",
            )
        claims = claims_on(connection, transaction_id, besides=claimant)
        if any(claim.kind == "VoidOf" for claim in claims):
            raise InvalidRequestError(
                f"The receipt {transaction_id} was voided: nothing of it can come back.", "$.lines"
            )
        if any(claim.kind == "Replaces" for claim in claims):
            continue  # it was handed out here: that sale's receipt counts
        originals[transaction_id] = original
        for line_id, done in taken_of(claims).items():
            taken[transaction_id, line_id] = done
    return originals, taken


def refuse_what_is_taken(connection: sqlite3.Connection, basket: Basket, facts: Facts) -> None:
    """Look again, in the transaction that writes the intent, at what others may have taken.

    Raises:
        NotAllowedError: Another call was faster. Nothing was written.
    """
    for transaction_id in facts.originals:
        claims = claims_on(connection, transaction_id, besides=basket.transaction_id)
        before = {
            line: taken for (sale, line), taken in facts.taken.items() if sale == transaction_id
        }
        if taken_of(claims) != before or any(claim.kind == "VoidOf" for claim in claims):
            raise NotAllowedError(
                "Another register is taking this receipt back right now. Scan it again to see what"
                " is left of it."
            )
    for link in basket.links:
        if link.kind == "ResumeOf":
            must_be_unsold(connection, link.transaction_id, besides=basket.transaction_id)
        if link.kind == "Replaces":
            _must_be_there(connection, link.transaction_id, besides=basket.transaction_id)


def must_be_unsold(
    connection: sqlite3.Connection, sale_id: str, *, besides: str | None = None
) -> None:
    """Let a suspended sale be gone on with, by one.

    Raises:
        NotAllowedError: It is sold, parked anew or given up.
    """
    for claim in claims_on(connection, sale_id, besides=besides):
        if claim.kind == "ResumeOf" and claim.claimant == GIVEN_UP:
            raise NotAllowedError("This suspended sale was given up.")
        if claim.kind == "ResumeOf":
            raise NotAllowedError(
                f"This suspended sale was gone on with: it is {claim.claimant} now."
            )


def _must_be_there(connection: sqlite3.Connection, order_id: str, *, besides: str) -> None:
    for claim in claims_on(connection, order_id, besides=besides):
        if claim.kind == "Replaces":
            raise NotAllowedError(
                f"This order has been handed out: it is the sale {claim.claimant}."
            )
