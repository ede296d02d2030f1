"""What the shop's office keeps for it: the catalogue, and the people with their PINs."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

from simulators.shop.configuration import ORGANIZATION, STORE
from simulators.shop.products import PRODUCTS
from simulators.shop.programs import ask

PINS: Final = {"Anna": "2580", "Bram": "1470"}
"""Who may use the till, and how they sign on; Anna is the manager."""
GROUPS: Final = {
    "food": ("Levensmiddelen", "Food"),
    "drinks": ("Dranken", "Drinks"),
    "home": ("Huis en tuin", "House and garden"),
}
"""Dutch and English names."""
_GROUP_OF: Final = {"coffee": "drinks", "milk": "drinks", "cola": "drinks"} | dict.fromkeys(
    ("soap", "umbrella", "tulips"), "home"
)
_DEPOSIT: Final = "deposit-bottle"
_COLA: Final = ("8712345678982", ("Cola 1,5 l", "Cola 1.5 l"), 249)
# Of the PINs above, by edge_daemon.records.verifiers; a demo has no secrets.
_OPERATORS: Final = [
    {
        "operator_id": "op-1",
        "name": "Anna",
        "roles": ["manager"],
        "credential_verifiers": [
            {
                "method": "PIN",
                "verifier": "scrypt:16384:8:1:71a0ef7195df486543f63f0cb1dff83e:"
                "66d429bf17205b7dbbf1a1a02932930495ccac385164a4fe3c9296454726040b",
            }
        ],
    },
    {
        "operator_id": "op-17",
        "name": "Bram",
        "roles": ["cashier"],
        "credential_verifiers": [
            {
                "method": "PIN",
                "verifier": "scrypt:16384:8:1:5f8738d96a9d370f1d66ea1b0b2e180a:"
                "3fe9ea4bf17969defe23f478af42d8a177f73bcf533bf2accb2c31d749937de9",
            }
        ],
    },
]


def catalogue(language: str) -> dict[str, Any]:
    """The shelf as the office knows it, with a bottle that has a deposit."""
    items = [
        _item(each.gtin, each.names[language], each.picture, each.unit_price, each.tax_code)
        for each in PRODUCTS.values()
    ]
    gtin, names, price = _COLA
    cola = _item(gtin, _chosen(names, language), "cola", price, "low")
    deposit = _item("", _chosen(("Statiegeld", "Deposit"), language), "", 25, "none")
    return {
        "items": [
            *items,
            cola | {"deposit_item_id": _DEPOSIT},
            deposit | {"item_id": _DEPOSIT, "barcodes": [], "merchandise_hierarchy": ""},
        ],
        "groups": [{"id": key, "name": _chosen(names, language)} for key, names in GROUPS.items()],
    }


async def publish_lists(directory: Path, port: int, language: str) -> None:
    """Send both lists to the shop, as a person at the office does.

    Args:
        directory: For the files.
        port: The broker's, on loopback.
        language: Of the articles.

    Raises:
        ProgramError: It does not take them.
    """
    lists: dict[str, dict[str, Any]] = {
        "catalogue": catalogue(language),
        "operators": {"operators": _OPERATORS},
    }
    for name, content in lists.items():
        (directory / f"{name}.json").write_text(json.dumps(content), "utf-8")
    await asyncio.gather(*(_publish(name, directory, port) for name in lists))


async def _publish(name: str, directory: Path, port: int) -> None:
    await ask(
        "central-office",
        "publish",
        name,
        str(directory / f"{name}.json"),
        f"--organization={ORGANIZATION}",
        f"--store={STORE}",
        f"--broker=127.0.0.1:{port}",
    )


def _item(gtin: str, name: str, picture: str, price: int, tax_code: str) -> dict[str, Any]:
    return {
        "item_id": picture or gtin,
        "description": name,
        "merchandise_hierarchy": _GROUP_OF.get(picture, "food"),
        "uom": "EA",
        "barcodes": [gtin.zfill(14)],
        "tax_code": tax_code,
        "prices": [{"amount": price, "valid_from": 0}],
    }


def _chosen(names: tuple[str, str], language: str) -> str:
    return names[("nl", "en").index(language)]
