"""What is looked up and checked before anything of a sale is written."""

from collections.abc import Sequence

from edge_daemon.config import Configuration
from edge_daemon.errors import InvalidRequestError, NotFoundError
from edge_daemon.journal import Journal
from edge_daemon.sales.basket import Basket, check_basket, check_total
from edge_daemon.sales.facts import FactFinder
from edge_daemon.sales.gift_cards import GiftCard, find_gift_card, gift_card_ref
from edge_daemon.sales.parking import resumption_of
from edge_daemon.sales.pricing import Facts
from edge_daemon.sales.requests import GiftCardTender, SaleRequest, TenderRequest
from edge_daemon.sales.tenders import check_tenders, counter_of


class Checking:
    """Prices and checks sales."""

    def __init__(self, configuration: Configuration, journal: Journal, facts: FactFinder) -> None:
        self._configuration = configuration
        self._journal = journal
        self._facts = facts

    async def sale(self, resource_id: str, request: SaleRequest) -> tuple[Facts, Basket]:
        """Look everything up, price it, and check that it can be paid like that.

        Raises:
            InvalidRequestError: The JSON path says what cannot be meant.
            NotFoundError: There is no such workstation.
        """
        workstation = self._configuration.workstation(request.workstation)
        now = self._journal.clock.now_us()
        facts = await self._facts.find(resource_id, request, now)
        links = () if request.resumes is None else (resumption_of(request.resumes),)
        currency = self._configuration.shop.currency
        basket = check_basket(request, facts, currency=currency, now_us=now, links=links)
        without_receipt = self._configuration.sales.refunds_without_receipt
        check_total(request, basket, refunds_without_receipt=without_receipt)
        counter = counter_of(
            self._configuration,
            basket,
            workstation,
            operator_id=request.operator_id,
            training=request.training,
        )
        check_tenders(request.tenders, counter)
        await self.gift_cards(request.tenders, basket)
        return facts, basket

    async def gift_card(self, number: str) -> GiftCard:
        """What is on a gift card.

        Raises:
            NotFoundError: This box has not issued it.
        """
        ref = gift_card_ref(number)
        card = await self._journal.query(lambda connection: find_gift_card(connection, ref))
        if card is None:
            raise NotFoundError(
                f"This box has not issued the gift card ending in {ref[-4:]}: what is on it is"
                " known where it was bought."
            )
        return card

    async def gift_cards(
        self, tenders: Sequence[TenderRequest], basket: Basket, path: str = "$.tenders[{}]"
    ) -> None:
        """Check that this box knows the gift cards, and that enough is on them.

        Raises:
            InvalidRequestError: It does not, or there is less.
        """
        for index, tender in enumerate(tenders):
            if not isinstance(tender, GiftCardTender):
                continue
            where = path.format(index)
            try:
                card = await self.gift_card(tender.number)
            except NotFoundError as error:
                raise InvalidRequestError(str(error), f"{where}.number") from error
            wanted = basket.gross if tender.amount is None else tender.amount
            if basket.gross > 0 and wanted > card.balance:
                raise InvalidRequestError(
                    f"There are {card.balance} minor units on this gift card, not {wanted}: take"
                    " what is on it, and the rest otherwise.",
                    f"{where}.amount",
                )
