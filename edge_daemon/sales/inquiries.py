"""Prices that customers ask for: looked up, told and counted, because auditors count them.

A register that only fills its screen reads the catalogue instead; nothing is written then.
"""

import dataclasses
import sqlite3
from collections.abc import Callable

import msgspec

from edge_daemon.catalogue import Article, Articles, ItemKey
from edge_daemon.config import Configuration
from edge_daemon.errors import InvalidRequestError, NotFoundError
from edge_daemon.journal import Draft
from edge_daemon.journal.acts import Acts, Order
from edge_daemon.records.payloads import Json, Outcome, OutcomeState
from edge_daemon.records.payloads import PriceInquiry as Inquired
from edge_daemon.sales.lines import Gtin, Name35
from edge_daemon.sales.pricing import check_digit_fits
from edge_daemon.sales.requests import as_json

KIND = "price_inquiries"


class PriceInquiryRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody asks what an article costs; it is named by its code or by its item.

    Attributes:
        gtin: 8, 12, 13 or 14 digits.
    """

    workstation: Name35
    operator_id: Name35 | None = None
    gtin: Gtin | None = None
    item_id: Name35 | None = None


class PriceInquiry(msgspec.Struct, frozen=True, kw_only=True):
    """What was told.

    Attributes:
        article: As it was then.
        finished: Always true.
    """

    id: str
    article: Article
    finished: bool = True


class PriceInquiries:
    """Tells prices, each once."""

    def __init__(
        self,
        configuration: Configuration,
        acts: Acts,
        articles: Articles,
        now_us: Callable[[], int],
    ) -> None:
        self._configuration = configuration
        self._acts = acts
        self._articles = articles
        self._now_us = now_us

    async def put(self, resource_id: str, request: PriceInquiryRequest, body: Json) -> None:
        """Look a price up, once. See `ActRoom`.

        Raises:
            InvalidRequestError: It names no article, or the article has no price today.
            NotFoundError: There is no such workstation, or the catalogue does not know the article.
            RequestConflictError: The id was used with another body.
        """
        self._configuration.workstation(request.workstation)
        order = Order(
            verb="inquire_price",
            resource_kind=KIND,
            resource_id=resource_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=body,
            request=body,
        )
        if await self._acts.known(KIND, resource_id) is None:
            article = await self._article(request)
            order = dataclasses.replace(order, request={**body, "article": as_json(article)})
            fact = Inquired(
                item_id=article.item_id,
                merchandise_hierarchy=article.merchandise_hierarchy,
                price=article.unit_price or 0,
            )

        def together(intent_id: str, _: sqlite3.Connection) -> list[Draft]:
            done = Outcome(intent_id=intent_id, state=OutcomeState.FINISHED)
            return [order.draft(fact), order.draft(done)]

        await self._acts.begin(order, _nothing_more, together=together)

    async def get(self, resource_id: str) -> PriceInquiry | None:
        """What was told, or None when nothing was asked under that id."""
        intent = await self._acts.known(KIND, resource_id)
        if intent is None:
            return None
        told = msgspec.json.decode(intent.request)["article"]
        return PriceInquiry(id=resource_id, article=msgspec.convert(told, Article))

    async def _article(self, request: PriceInquiryRequest) -> Article:
        if (request.gtin is None) == (request.item_id is None):
            raise InvalidRequestError("Name the article by its gtin or by its item_id.", "$.gtin")
        if request.gtin is not None and not check_digit_fits(request.gtin):
            raise InvalidRequestError(
                "This GTIN's check digit does not fit: scan or type it again.", "$.gtin"
            )
        gtin = None if request.gtin is None else request.gtin.zfill(14)
        key = ItemKey(item_id=request.item_id, gtin=gtin)
        article = (await self._articles.find([key], self._now_us())).get(key)
        if article is None:
            raise NotFoundError(f"{request.gtin or request.item_id} is not in the catalogue.")
        if article.unit_price is None:
            raise InvalidRequestError(
                f"{article.description} has no price today: the clerk knows it.", "$"
            )
        return article


async def _nothing_more(_intent_id: str) -> None:
    """The act was its entries."""
