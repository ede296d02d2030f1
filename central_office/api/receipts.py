"""Receipts: looked up, and shown as they were printed; each look-up is remembered."""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, PathParameter, QueryParameter
from litestar.types import ControllerRouterHandler

from central_office.access.rights import Right
from central_office.api.parts import OfficeParts
from central_office.api.refusals import NotFoundError
from central_office.api.scoping import Cursor, FirstDay, LastDay, Stores, caller_of, scope_of
from central_office.api.viewing import (
    Limit,
    checked_cursor,
    refuse_unknown,
    told_of,
    without_customer,
)
from central_office.reading import Reader
from central_office.settings import StoreSettings
from central_office.views.paging import Page, Scope
from central_office.views.receipts import (
    RECEIPTS,
    Receipt,
    ReceiptQuery,
    TimedReceipt,
    find_receipts,
    receipt_at,
    receipt_bytes,
    receipts_of,
    timed,
)
from edge_daemon.receipts import LANGUAGES, ReceiptDocument, Shop, compose, layout, to_html, to_png
from edge_daemon.receipts import to_text as text_of
from edge_daemon.receipts.page import POLICY
from edge_daemon.receipts.words import words_of
from edge_daemon.records import JournalEntry, decode_entry
from edge_daemon.records.payloads import RetailTransaction, TransactionType
from edge_daemon.web import NotPermittedError, documented, needs

COLUMNS = 42
"""Characters of a line, as on 80 mm paper."""
OUTSIDE_VAT = "none"
"""The tax code of what is no turnover, as the tills write it."""
_LARGEST = 2**63 - 1
Number = Annotated[int | None, QueryParameter(ge=-_LARGEST, le=_LARGEST)]
Text = Annotated[str | None, QueryParameter(max_length=200)]
Arrival = Annotated[int, PathParameter(ge=0, le=_LARGEST)]
_ADDRESS = "/v1/receipts/{arrival:int}/{part:int}"


class ReceiptList(msgspec.Struct, frozen=True, kw_only=True):
    """Receipts, the oldest day first or the newest; `cursor` is absent on the last page."""

    rows: tuple[TimedReceipt, ...]
    cursor: str | None = None


class ReceiptView(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt.

    Attributes:
        entry: As the till wrote it, but for a customer that the caller may not see or that was
            erased.
    """

    receipt: TimedReceipt
    entry: dict[str, Any]


class _Found(NamedTuple):
    receipt: Receipt
    data: bytes
    reverses: int | None


def _bytes_of(media_type: str, description: str) -> ResponseSpec:
    return ResponseSpec(
        data_container=bytes,
        media_type=media_type,
        description=description,
        generate_examples=False,
    )


def receipt_routes(parts: OfficeParts) -> Sequence[ControllerRouterHandler]:
    """The routes."""
    desk = _Desk(parts)

    @get("/v1/receipts", responses=documented(), opt=needs(Right.RECEIPTS))
    async def search_receipts(  # noqa: PLR0913, PLR0917 - all by what is looked for
        request: Request[Any, Any, Any],
        store: Stores = None,
        first_day: FirstDay = None,
        last_day: LastDay = None,
        sequence_number: Number = None,
        transaction_id: Text = None,
        card_digits: Text = None,
        customer_ref: Text = None,
        lowest: Number = None,
        highest: Number = None,
        *,
        newest_first: Annotated[
            bool, QueryParameter(description="The other way round; a cursor keeps to its way.")
        ] = False,
        after: Cursor = None,
        limit: Limit = 100,
    ) -> ReceiptList:
        """Look receipts up by number, day, amount, the card's last digits or the customer."""
        refuse_unknown(request, _SEARCH)
        scope = scope_of(caller_of(request), store, first_day, last_day)
        query = ReceiptQuery(
            sequence_number=sequence_number,
            transaction_id=transaction_id,
            card_digits=card_digits,
            customer_ref=customer_ref,
            lowest=lowest,
            highest=highest,
            newest_first=newest_first,
        )
        page = await desk.search(request, scope, query, checked_cursor(after, RECEIPTS), limit)
        return ReceiptList(rows=page.rows, cursor=page.cursor)

    @get(_ADDRESS, responses=documented(404), opt=needs(Right.RECEIPTS))
    async def read_receipt(
        request: Request[Any, Any, Any], arrival: FromPath[Arrival], part: FromPath[Arrival]
    ) -> ReceiptView:
        """A receipt and the entry that it is."""
        return _shown(await desk.find(request, (arrival, part)))

    @get(
        f"{_ADDRESS}/text",
        media_type=MediaType.TEXT,
        responses={200: _bytes_of("text/plain", "As printed."), **documented(404)},
        opt=needs(Right.RECEIPTS),
    )
    async def read_receipt_as_text(
        request: Request[Any, Any, Any], arrival: FromPath[Arrival], part: FromPath[Arrival]
    ) -> str:
        """A receipt as it was printed, as text."""
        document = desk.document(await desk.find(request, (arrival, part)))
        return text_of(layout(document, COLUMNS), COLUMNS)

    @get(
        f"{_ADDRESS}/picture",
        media_type="image/png",
        responses={200: _bytes_of("image/png", "As printed."), **documented(404)},
        opt=needs(Right.RECEIPTS),
    )
    async def read_receipt_as_picture(
        request: Request[Any, Any, Any], arrival: FromPath[Arrival], part: FromPath[Arrival]
    ) -> Response[bytes]:
        """A receipt as it was printed, as a picture."""
        document = desk.document(await desk.find(request, (arrival, part)))
        return Response(to_png(layout(document, COLUMNS), COLUMNS), media_type="image/png")

    @get(
        f"{_ADDRESS}/page",
        media_type=MediaType.HTML,
        responses={200: _bytes_of("text/html", "For a customer."), **documented(404)},
        opt=needs(Right.RECEIPTS),
    )
    async def read_receipt_as_page(
        request: Request[Any, Any, Any], arrival: FromPath[Arrival], part: FromPath[Arrival]
    ) -> Response[str]:
        """A receipt as a page for its customer, with nothing about a card."""
        page = to_html(desk.document(await desk.find(request, (arrival, part))))
        headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
        return Response(page, media_type=MediaType.HTML, headers=headers)

    return [
        search_receipts,
        read_receipt,
        read_receipt_as_text,
        read_receipt_as_picture,
        read_receipt_as_page,
    ]


_SEARCH = {
    "store",
    "first_day",
    "last_day",
    *ReceiptQuery.__struct_fields__,
    "after",
    "limit",
}


class _Desk:
    """Finds receipts for whoever may see them, and remembers who did."""

    def __init__(self, parts: OfficeParts) -> None:
        self._parts = parts

    async def search(
        self,
        request: Request[Any, Any, Any],
        scope: Scope,
        query: ReceiptQuery,
        after: str | None,
        limit: int,
    ) -> Page[TimedReceipt]:
        caller = caller_of(request)
        knows_customers = Right.CUSTOMERS in caller.scopes
        if query.customer_ref is not None and not knows_customers:
            raise NotPermittedError(detail="Nobody looks for a customer without that right.")
        await self._parts.note(request, "receipts", _told(query, scope))

        def look(read: Reader) -> Page[TimedReceipt]:
            page = find_receipts(read, scope, query, after=after, limit=limit)
            rows = tuple(timed(read, scope.organization, page.rows))
            return Page(rows=rows, cursor=page.cursor)

        page = await self._parts.books.read(look)
        if knows_customers:
            return page
        return Page(rows=tuple(map(without_customer, page.rows)), cursor=page.cursor)

    async def find(self, request: Request[Any, Any, Any], place: tuple[int, int]) -> _Found:
        """The receipt at a place.

        Raises:
            NotFoundError: There is none, or none that the caller sees.
        """
        caller = caller_of(request)
        scope = scope_of(caller)
        found = await self._parts.books.read(lambda read: _find(read, scope, place))
        if found is None:
            raise NotFoundError("There is no such receipt, or none that you may see.")
        receipt = found.receipt
        subject = f"{receipt.store} {receipt.business_day_date} {receipt.transaction_id}"
        await self._parts.note(request, "receipt", subject)
        if Right.CUSTOMERS in caller.scopes:
            return found
        return found._replace(receipt=without_customer(receipt))

    def document(self, found: _Found) -> ReceiptDocument:
        """What the receipt says, as the store's own words are configured."""
        entry, sale = _sale(found)
        default = StoreSettings(id=found.receipt.store, name=found.receipt.store)
        store = self._parts.stores.get(found.receipt.store, default)
        language = store.language if store.language in LANGUAGES else "en"
        return compose(
            sale,
            shop=Shop(
                name=store.name,
                address=store.address,
                company_number=store.company_number,
                vat_number=store.vat_number,
                country=store.country,
            ),
            workstation=entry.workstation_id,
            operator=entry.operator_id,
            utc_offset_min=entry.utc_offset_min,
            language=language,
            training=entry.training,
            reverses=found.reverses,
            tax_labels={OUTSIDE_VAT: words_of(language).no_vat},
            footer=store.receipt_footer,
        )


def _find(read: Reader, scope: Scope, place: tuple[int, int]) -> _Found | None:
    receipt = receipt_at(read, scope, place)
    if receipt is None:
        return None
    found = _Found(receipt, receipt_bytes(read, scope.organization, receipt), None)
    original = _original(_sale(found)[1])
    numbers = receipts_of(read, scope.organization, original) if original else []
    return found._replace(reverses=next(iter(numbers), None))


def _sale(found: _Found) -> tuple[JournalEntry, RetailTransaction]:
    entry = decode_entry(found.data)
    if not isinstance(entry.payload, RetailTransaction):
        raise NotFoundError("This entry is no receipt.")
    return entry, entry.payload


def _original(sale: RetailTransaction) -> str | None:
    """The one receipt that this one takes back."""
    named = [link for link in sale.transaction_links if link.kind == "VoidOf"]
    if sale.transaction_type is TransactionType.RETURN and not named:
        named = [link for link in sale.transaction_links if link.kind == "ReturnOf"]
    return named[0].transaction_id if len(named) == 1 else None


def _shown(found: _Found) -> ReceiptView:
    entry = msgspec.json.decode(found.data, type=dict[str, Any])
    payload = entry.get("payload")
    if isinstance(payload, dict) and "customer_ref" in payload:
        payload["customer_ref"] = found.receipt.customer_ref
    fields, offset = msgspec.structs.asdict(found.receipt), entry["utc_offset_min"]
    return ReceiptView(receipt=TimedReceipt(**fields, utc_offset_min=offset), entry=entry)


def _told(query: ReceiptQuery, scope: Scope) -> str:
    given = msgspec.structs.asdict(query).items()
    return told_of(scope, {name: value for name, value in given if value not in (None, False)})
