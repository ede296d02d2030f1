"""What follows from a sale that is in the journal: the drawer and the paper.

None of it can undo the sale, and nothing here raises for a device's sake.
"""

import asyncio
import dataclasses

from edge_daemon.config import Configuration, Workstation
from edge_daemon.drawers import Drawers, Opening
from edge_daemon.journal import Journal
from edge_daemon.printing import Paper, Printing
from edge_daemon.receipts import ReceiptDocument, Shop, compose, layout
from edge_daemon.receipts.words import words_of
from edge_daemon.records.payloads import (
    RetailTransaction,
    TransactionStatus,
    TransactionType,
)
from edge_daemon.sales.case import Case
from edge_daemon.sales.fiscal import FiscalModule
from edge_daemon.sales.links import ReceiptLinks
from edge_daemon.sales.pricing import OUTSIDE_VAT
from edge_daemon.sales.projection import SaleRow, find_sale


class Aftermath:
    """Opens the drawer and prints, for the room that sells."""

    def __init__(  # noqa: PLR0913, PLR0917 - the rooms that it asks, each once
        self,
        configuration: Configuration,
        journal: Journal,
        drawers: Drawers,
        printing: Printing,
        fiscal_module: FiscalModule,
        links: ReceiptLinks,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._drawers = drawers
        self._printing = printing
        self._fiscal_module = fiscal_module
        self._links = links

    async def open_drawer(self, case: Case) -> None:
        """Open the workstation's drawer for the cash of this call."""
        opening = self._opening(case)
        if opening is not None:
            await self._drawers.open(opening, asyncio.get_running_loop().time())

    async def note_drawer(self, case: Case) -> None:
        """Say that a crash left the drawer's opening unknown. It is not pulsed again."""
        opening = self._opening(case)
        if opening is not None:
            await self._drawers.note_unknown(opening)

    async def print_receipt(self, case: Case, row: SaleRow, print_id: str) -> None:
        """Print the receipt of a finished sale on its workstation's printer."""
        paper = self.paper(case, row.transaction, print_id)
        if paper is not None:
            await self.print(paper, row)

    async def withdraw_receipt(
        self, case: Case, row: SaleRow, print_id: str, copy_number: int | None = None
    ) -> None:
        """Say that a crash came before the receipt, or its copy: another copy can be printed."""
        paper = self.paper(case, row.transaction, print_id)
        if paper is not None:
            await self._printing.withdraw(dataclasses.replace(paper, copy_number=copy_number))

    async def print(self, paper: Paper, row: SaleRow) -> None:
        """Lay the sale's receipt out and print it."""
        receipt = await self.receipt(row, copy_number=paper.copy_number)
        printing, printer = self._printing, paper.printer
        logo = await printing.logo.image(printing.line_width(printer))
        await printing.print_document(paper, layout(receipt, printing.columns(printer), logo))

    async def receipt(self, row: SaleRow, *, copy_number: int | None = None) -> ReceiptDocument:
        """Let the fiscal module sign, and say what the sale's receipt says."""
        addition = await self._fiscal_module.sign(row.transaction)
        shop = self._configuration.shop
        return compose(
            row.transaction,
            shop=_shop(self._configuration),
            workstation=row.workstation_id,
            operator=row.operator_id,
            utc_offset_min=row.utc_offset_min,
            language=shop.language,
            training=row.training,
            copy_number=copy_number,
            reverses=await self._reverses(row.transaction),
            tax_labels={OUTSIDE_VAT: words_of(shop.language).no_vat},
            footer=(*addition.lines, *shop.receipt_footer),
            link=None if row.training else self._links.url(row.transaction_id),
        )

    def paper(self, case: Case, transaction: RetailTransaction, print_id: str) -> Paper | None:
        """The job for this sale's receipt; None where the workstation has no printer."""
        printer = self._workstation(case).pos_printer
        if printer is None:
            return None
        return Paper(
            print_id=print_id,
            intent_id=case.intent_id,
            printer=printer,
            kind="Training" if case.training else _document(transaction),
            draft=case.draft,
            transaction_id=transaction.transaction_id,
            amount=transaction.totals.due,
        )

    async def _reverses(self, transaction: RetailTransaction) -> int | None:
        """The number of the one receipt that this one takes back."""
        links = transaction.transaction_links
        named = [link for link in links if link.kind == "VoidOf"]
        if transaction.transaction_type is TransactionType.RETURN and not named:
            named = [link for link in links if link.kind == "ReturnOf"]
        if len(named) != 1:
            return None
        original = named[0].transaction_id
        row = await self._journal.query(lambda connection: find_sale(connection, original))
        return None if row is None else row.transaction.sequence_number

    def _opening(self, case: Case) -> Opening | None:
        drawer = self._workstation(case).cash_drawer
        if drawer is None or case.training:
            return None
        return Opening(
            intent_id=case.intent_id,
            drawer=drawer,
            cause="Sale",
            draft=case.draft,
            transaction_id=case.sale_id,
        )

    def _workstation(self, case: Case) -> Workstation:
        return self._configuration.workstation(case.workstation)


def _document(transaction: RetailTransaction) -> str:
    if transaction.status is TransactionStatus.POST_VOIDED:
        return "Void"
    return "Return" if transaction.transaction_type is TransactionType.RETURN else "Sale"


def _shop(configuration: Configuration) -> Shop:
    shop = configuration.shop
    return Shop(
        name=shop.name,
        address=shop.address,
        company_number=shop.kvk_number,
        vat_number=shop.vat_number,
        country=shop.country,
    )
