"""What the shops sell. Invented goods with the prices and VAT of a Dutch shop."""

from typing import NamedTuple

HIGH, LOW = ("high", 2100), ("low", 900)
_GROUPS = {
    ("drinks", LOW): (
        ("Cola 33 cl", 149),
        ("Mineral water", 99),
        ("Apple juice", 229),
        ("Ginger beer", 259),
        ("Iced tea", 189),
    ),
    ("coffee", LOW): (("Espresso", 250), ("Cappuccino", 325), ("Flat white", 375), ("Tea", 225)),
    ("bakery", LOW): (
        ("Croissant", 165),
        ("Wholemeal bread", 289),
        ("Apple pie", 395),
        ("Cheese roll", 425),
        ("Muffin", 275),
    ),
    ("groceries", LOW): (
        ("Chocolate bar", 219),
        ("Stroopwafels", 249),
        ("Gouda, piece", 695),
        ("Olive oil", 899),
        ("Mixed nuts", 349),
    ),
    ("household", HIGH): (
        ("Candle", 399),
        ("Batteries", 599),
        ("Dish cloth", 249),
        ("Mug", 795),
        ("Light bulb", 549),
    ),
    ("gifts", HIGH): (("Bouquet", 1295), ("Photo frame", 1495), ("Soap", 695), ("Scarf", 2495)),
    ("stationery", HIGH): (("Postcard", 150), ("Notebook", 699), ("Ballpoint", 199)),
}


class Product(NamedTuple):
    """An article; `price` in minor units, VAT included."""

    item_id: str
    description: str
    group: str
    price: int
    tax_code: str
    rate_bp: int


PRODUCTS = tuple(
    Product(f"item-{number:03d}", description, group, price, *tax)
    for number, (group, tax, description, price) in enumerate(
        (
            (group, tax, description, price)
            for (group, tax), goods in _GROUPS.items()
            for description, price in goods
        ),
        1,
    )
)
GIFT_CARD_AMOUNTS = (1000, 1500, 2500, 5000)
