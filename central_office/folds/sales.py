"""Sales: turnover, VAT, tenders, statistics, and where each receipt lies.

What counts as turnover, and how often a receipt counts, is the same as in the tills' X and Z.
"""

from typing import NamedTuple

from central_office import projections as tables
from central_office.folds.acts import Act, keep_act
from central_office.folds.claims import claim
from central_office.folds.days import Touched
from central_office.folds.entries import TEXT_LIMIT, Entry, Modifier, Sale, SaleLine, Tender
from central_office.folds.sheet import Facet, Place, Sheet, facets_text
from central_office.folds.stock import move_goods
from edge_daemon.records.payloads import TransactionStatus, TransactionType
from edge_daemon.records.turnover import FINISHED, TURNOVER_LINES

_COUNTS = {TransactionStatus.COMPLETED: 1, TransactionStatus.POST_VOIDED: -1}
"""A post-void is the reversal of a finished transaction, all of its amounts negated."""
_RECEIPTS = {TransactionType.SALE, TransactionType.EXCHANGE}
_NOTHING = (0, 0, 0, 0)
_HOUR_US = 3_600_000_000
_MINUTE_US = 60_000_000
_DIGITS = 4
_CARD = ("terminal_id", "card_brand", "entry_mode", "standalone")


class _Case(NamedTuple):
    """A sale with the beginnings of its rows' keys.

    Attributes:
        facets: Of its figures, gathered while they are counted.
    """

    sheet: Sheet
    place: Place
    entry: Entry
    sale: Sale
    day: tuple[str, str, str]
    till: tuple[str, str, str, str, str]
    facets: list[Facet]

    def tally(self, kind: str, name: str = "", *, number: int, amount: int, milli: int = 0) -> None:
        key = (*self.till, self.entry.operator_id or "", kind, name, self.sale.currency)
        self.sheet.add(tables.STATISTICS, key, (number, milli, amount))
        self.facets.append(("kind", kind))
        if name:
            self.facets.append(("name", name))


def fold_sale(sheet: Sheet, place: Place, entry: Entry, sale: Sale) -> None:
    """Take a sale in. Training counts in its own number and nowhere else."""
    day = (place.organization, place.store, entry.business_day_date)
    till = (*day, place.edge_id, entry.workstation_id)
    case = _Case(sheet, place, entry, sale, day, till, [])
    if entry.training:
        if sale.status in FINISHED:
            gross, currency = sale.totals.gross, sale.currency
            case.tally("Training", number=1, amount=gross)
            keep_act(sheet, place, entry, Act("Training", currency=currency, amount=gross))
        return
    if sale.status is TransactionStatus.CANCELLED:
        case.tally("Cancelled", number=1, amount=sale.totals.gross)
        _keep(case)
    if sale.status not in FINISHED:
        return
    lines = [line for line in sale.line_items if not line.voided]
    _count_receipt(case, lines)
    _count_goods(case, [line for line in lines if line.line_type in TURNOVER_LINES])
    _count_tenders(case)
    move_goods(sheet, place, entry, sale, lines)
    claim(sheet, place, sale, lines)
    _keep(case)
    sheet.note(Touched(day, till[3:], place, sale.totals.gross))


def sale_count(sale: Sale) -> int:
    """How often a transaction counts among the sales: 1, -1 where it voids one, or not at all."""
    if sale.transaction_type is TransactionType.NO_TENDER:
        return 0
    return _COUNTS.get(sale.status, 0)


def _keep(case: _Case) -> None:
    sale, entry = case.sale, case.entry
    digits = next((tender.card.masked_pan for tender in sale.tenders if tender.card), None)
    case.sheet.put(
        tables.RECEIPTS,
        (case.place.organization, *case.place.order),
        (
            *case.till[1:],
            entry.operator_id or "",
            entry.occurred_at,
            sale.sequence_number,
            sale.transaction_id,
            sale.transaction_type.value,
            sale.status.value,
            sale.channel,
            sale.currency,
            sale.totals.gross,
            digits[-_DIGITS:] if digits else None,
            sale.customer_ref,
            entry.till_session_id or "",
            facets_text(case.facets),
        ),
    )


def _count_receipt(case: _Case, lines: list[SaleLine]) -> None:
    sale, gross = case.sale, case.sale.totals.gross
    voids = sale.status is TransactionStatus.POST_VOIDED
    number = sale_count(sale)
    if number:
        case.sheet.add(tables.SALES, (*case.day, sale.currency), (number, gross))
    if voids:
        case.tally("PostVoided", number=1, amount=-gross)
    elif sale.transaction_type in _RECEIPTS:
        case.tally("Receipt", number=1, amount=gross)
    if sale.rounding_amount:
        case.tally("Rounding", number=1, amount=sale.rounding_amount)
    returned = [line for line in lines if line.line_type == "Return"]
    if returned:
        amount = -sum(line.extended_amount for line in returned)
        case.tally("Return", number=_sign(amount), amount=amount)
    for line in lines:
        if line.line_type not in TURNOVER_LINES:
            amount = line.extended_amount
            case.tally("Other", line.line_type, number=_sign(amount), amount=amount)
        for modifier in line.modifiers:
            _count_modifier(case, modifier)


def _count_modifier(case: _Case, modifier: Modifier) -> None:
    reason, amount = modifier.reason_code[:TEXT_LIMIT], modifier.amount
    if modifier.kind == "Discount":
        case.tally("Discount", reason, number=-_sign(amount), amount=-amount)
    else:
        case.tally(modifier.kind, reason, number=1, amount=amount)


def _count_goods(case: _Case, lines: list[SaleLine]) -> None:
    if not lines:
        return
    groups: dict[str, tuple[int, ...]] = {}
    rates: dict[tuple[str, int], tuple[int, int]] = {}
    for line in lines:
        name, rate = line.merchandise_hierarchy, (line.tax_code, line.tax_rate_bp)
        milli, amount, base, discount = groups.get(name, _NOTHING)
        for modifier in line.modifiers:
            if modifier.kind == "Discount":
                discount -= modifier.amount
        groups[name] = (
            milli + line.quantity_milli,
            amount + line.extended_amount,
            base + line.tax_base,
            discount,
        )
        taxed, tax = rates.get(rate, (0, 0))
        rates[rate] = (taxed + line.tax_base, tax + line.tax_amount)
    place, currency = case.place, case.sale.currency
    local = case.entry.occurred_at + case.entry.utc_offset_min * _MINUTE_US
    hour = local // _HOUR_US % 24
    case.facets.append(("hour", hour))
    for name, sums in groups.items():
        case.facets.append(("product_group", name))
        key = (*case.day, hour, case.sale.channel, name, currency)
        case.sheet.add(tables.REVENUE, key, (-1 if sums[1] < 0 else 1, *sums))
    for rate, taxes in rates.items():
        case.facets.extend((("tax_code", rate[0]), ("rate_bp", rate[1])))
        case.sheet.add(tables.VAT, (*case.till, place.z_number, *rate, currency), taxes)
    amount = sum(sums[1] for sums in groups.values())
    pieces = sum(sums[0] for sums in groups.values())
    case.tally("Line", number=len(lines), amount=amount, milli=pieces)


def _count_tenders(case: _Case) -> None:
    sale, place = case.sale, case.place
    session = case.entry.till_session_id or ""
    for tender in sale.tenders:
        number = 0 if tender.is_change else _sign(tender.amount)
        what = (session, tender.tender_type, sale.currency, "Tender")
        tally = (number, tender.amount)
        case.sheet.add(tables.MONEY, (*case.till, place.z_number, *what), tally)
        case.facets.append(("tender_type", tender.tender_type))
        if tender.card is not None:
            card = _card(tender)
            case.sheet.add(tables.CARDS, (*case.day, *card, sale.currency), tally)
            case.facets.extend(zip(_CARD, card, strict=True))


def _card(tender: Tender) -> tuple[str | int, ...]:
    card = tender.card
    if card is None or card.standalone:
        return (card and card.terminal_id) or "", (card and card.card_brand) or "", "", 1
    return card.terminal_id or "", card.card_brand or "", card.entry_mode or "", 0


def _sign(amount: int) -> int:
    """What is taken back counts -1."""
    return -1 if amount < 0 else 1
