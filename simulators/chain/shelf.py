"""The catalogue of the chain's goods, for `central-office keep catalogue`."""

import msgspec

from edge_daemon.records.master_data import Catalogue, CatalogueItem, Price, ProductGroup
from simulators.chain.goods import PRODUCTS

FIRST_CODE = 871_040_000_000
"""Of the goods, without its check digit."""


def catalogue() -> bytes:
    """The catalogue as JSON."""
    items = tuple(
        CatalogueItem(
            item_id=product.item_id,
            description=product.description,
            merchandise_hierarchy=product.group,
            uom="C62",
            barcodes=(_gtin(FIRST_CODE + number),),
            tax_code=product.tax_code,
            prices=(Price(amount=product.price, valid_from=0),),
        )
        for number, product in enumerate(PRODUCTS)
    )
    names = sorted({product.group for product in PRODUCTS})
    groups = tuple(ProductGroup(id=name, name=name.capitalize()) for name in names)
    return msgspec.json.encode(Catalogue(items=items, groups=groups))


def _gtin(digits: int) -> str:
    """Twelve digits and their check digit, 14 in all (GS1 General Specifications, 7.9)."""
    text = f"{digits:013d}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(text))
    return f"{text}{-total % 10}"
