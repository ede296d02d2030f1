"""What is looked up and checked before anything of a sale is written."""

from collections.abc import Sequence

from edge_daemon.config import Configuration
from edge_daemon.errors import InvalidRequestError, NotFoundError
from edge_daemon.journal import Journal
from edge_daemon.sales.balances import GiftCard, GiftCards
from edge_daemon.sales.basket import Basket, check_basket, check_total
from edge_daemon.sales.facts import FactFinder
from edge_daemon.sales.gift_cards import gift_card_ref
from edge_daemon.sales.parking import resumption_of
from edge_daemon.sales.pricing import Facts
from edge_daemon.sales.requests import GiftCardTender, SaleRequest, TenderRequest
from edge_daemon.sales.tenders import check_tenders, counter_of


class Checking:
    """Prices and checks sales."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        facts: FactFinder,
        gift_cards: GiftCards,
    ) -> None:
        self._configuration = configuration
        self._journal = journal
        self._facts = facts
        self._gift_cards = gift_cards

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
            NotFoundError: Neither this box nor the office knows it.
        """
        ref = gift_card_ref(number)
        card = await self._gift_cards.card(ref)
        if card is not None:
            return card
        where = "what is on it is known where it was bought"
        if await self._gift_cards.has_list():
            where = (
                "the office's list does not have it, either. It is long empty, or was sold at"
                " another shop that the office has not heard from since"
            )
        raise NotFoundError(f"This box has not issued the gift card ending in {ref[-4:]}: {where}.")

    async def gift_cards(
        self, tenders: Sequence[TenderRequest], basket: Basket, path: str = "$.tenders[{}]"
    ) -> None:
        """Check that the gift cards are known, in this currency, and that enough is on them.

        Raises:
            InvalidRequestError: They are not, or there is less.
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
            if card.currency != basket.currency:
                raise InvalidRequestError(
                    f"This gift card holds {card.currency}; here {basket.currency} is paid.",
                    f"{where}.number",
                )
            if basket.gross > 0 and wanted > card.balance:
                raise InvalidRequestError(_too_little(card, wanted), f"{where}.amount")


def _too_little(card: GiftCard, wanted: int) -> str:
    if card.balance > 0:
        return (
            f"There are {card.balance} minor units on this gift card, not {wanted}: take what is on"
            " it, and the rest otherwise."
        )
    nothing = f"Nothing is left on the gift card ending in {card.gift_card_ref[-4:]}"
    if card.balance == 0:
        return f"{nothing}: take another tender."
    return f"{nothing}: more was taken off than was on it, at shops that could not hear of it."
