"""What lies on the shop's shelf, as its register knows it. The brands are nobody's."""

from collections.abc import Mapping
from dataclasses import dataclass

from edge_daemon.client import SaleLine


@dataclass(frozen=True)
class Product:
    """One product; `unit_price` in cents, VAT included.

    Attributes:
        names: By language.
        picture: What it looks like, one of the bench's drawings.
    """

    gtin: str
    names: Mapping[str, str]
    unit_price: int
    tax_code: str
    picture: str

    def line(self, language: str, scan_data: str | None = None) -> SaleLine:
        """One piece of it, scanned or keyed, as a line of a sale."""
        return SaleLine(
            description=self.names[language],
            gtin=self.gtin,
            quantity_milli=1000,
            unit_price=self.unit_price,
            tax_code=self.tax_code,
            entry_method="Scanned" if scan_data else "Keyed",
            scan_data=scan_data,
        )


def _product(
    gtin: str, names: tuple[str, str], unit_price: int, tax_code: str, picture: str
) -> Product:
    """One product, with its Dutch and its English name."""
    return Product(gtin, dict(zip(("nl", "en"), names, strict=True)), unit_price, tax_code, picture)


MILK = _product("8712345678906", ("Melk 1 l", "Milk 1 l"), 129, "low", "milk")
WAFFLES = _product("8710001000016", ("Stroopwafels", "Syrup waffles"), 249, "low", "waffles")
UMBRELLA = _product("8719999000015", ("Paraplu", "Umbrella"), 1295, "high", "umbrella")
_SHELF = (
    MILK,
    WAFFLES,
    _product(
        "8712345678913", ("Pindakaas 600 g", "Peanut butter 600 g"), 349, "low", "peanut_butter"
    ),
    _product("8712345678920", ("Jonge kaas 48+", "Young cheese 48+"), 575, "low", "cheese"),
    _product("8712345678937", ("Koffie 500 g", "Coffee 500 g"), 689, "low", "coffee"),
    _product("8712345678944", ("Hagelslag puur", "Dark sprinkles"), 215, "low", "sprinkles"),
    _product("8712345678951", ("Appels 1 kg", "Apples 1 kg"), 199, "low", "apples"),
    _product("8712345678968", ("Afwasmiddel", "Washing-up liquid"), 185, "high", "soap"),
    UMBRELLA,
    _product("8712345678975", ("Tulpen, bosje", "Tulips, bunch"), 499, "low", "tulips"),
)
PRODUCTS = {product.gtin: product for product in _SHELF}
"""By GTIN, in the order of the shelf."""
