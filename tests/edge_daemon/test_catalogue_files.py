import msgspec
import pytest

from edge_daemon.catalogue.files import read_catalogue
from edge_daemon.catalogue.requests import ItemEntry, PriceEntry
from edge_daemon.cli.catalogue import parts_of
from edge_daemon.errors import ConfigError

CSV = """\ufeffitem_id;description;price;tax_code;group;barcodes;deposit_item_id
cola;Cola 1,5 l;2,49;low;drinks;5449000000996 54491472;fles
fles;Statiegeld fles;0.25;zero;;;
vrij;Diversen;;high;;;

"""
TOML = """
[[item]]
item_id = "cola"
description = "Cola"
price = "2.49"
tax_code = "low"
barcodes = ["5449000000996"]

[[tax_code]]
tax_code = "low"
rate_bp = 900

[[group]]
id = "drinks"
name = "Drinken"
"""


def test_a_spreadsheet_is_a_catalogue() -> None:
    cola, bottle, free = read_catalogue(CSV, toml=False).items
    assert cola == ItemEntry(
        item_id="cola",
        description="Cola 1,5 l",
        tax_code="low",
        merchandise_hierarchy="drinks",
        barcodes=("5449000000996", "54491472"),
        deposit_item_id="fles",
        prices=(PriceEntry(amount=249),),
    )
    assert (bottle.prices[0].amount, free.prices) == (25, ())


def test_toml_has_groups_and_rates_besides() -> None:
    found = read_catalogue(TOML, toml=True)
    assert [each.item_id for each in found.items] == ["cola"]
    assert (found.tax_codes[0].rate_bp, found.groups[0].name) == (900, "Drinken")


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("a,A,2.4.9,low,", "line 2: the price '2.4.9' is not one such as 2.49"),
        ("a,A,2.49,,", "line 2: Object missing required field `tax_code`"),
        ("a,A,2.49,low,12x", "line 2: Expected `str` matching regex"),
        ("a,A,2.49,low,1234,more", "line 2: there are more columns than headings"),
        ("a,A,1,low,\na,B,1,low,", "The item a is there twice"),
        ("a,A,1,low,1234\nb,B,1,low,01234", "The code 01234 is on a and on b"),
    ],
)
def test_every_mistake_has_its_line(line: str, mistake: str) -> None:
    text = f"item_id,description,price,tax_code,barcodes\n{line}\n"
    with pytest.raises(ConfigError) as caught:
        read_catalogue(text, toml=False)
    assert any(each.startswith(mistake) for each in caught.value.mistakes), caught.value.mistakes


def test_all_mistakes_are_told_at_once_and_not_too_many() -> None:
    text = "item_id,description,price,tax_code\n" + "a,A,x,low\n" * 50
    with pytest.raises(ConfigError) as caught:
        read_catalogue(text, toml=False)
    assert len(caught.value.mistakes) == 21
    assert caught.value.mistakes[-1].startswith("… and ")


@pytest.mark.parametrize(
    ("text", "toml", "mistake"),
    [
        ("item_id,name\n", False, "line 1: there is no column description"),
        ("item_id = [", True, "This is not TOML"),
        ("[[items]]\n", True, "items: there is no such table"),
        ("item = 3\n", True, "item: expected tables"),
        ("[[item]]\nitem_id = 7\n", True, "item[0]: "),
        (
            '[[item]]\nitem_id="a"\ndescription="A"\ntax_code="low"\ndeposit_item_id="b"\n',
            True,
            "The deposit b of a is no item here",
        ),
    ],
)
def test_what_is_no_catalogue_is_refused(text: str, toml: bool, mistake: str) -> None:  # noqa: FBT001 - of the table
    with pytest.raises(ConfigError) as caught:
        read_catalogue(text, toml=toml)
    assert any(each.startswith(mistake) for each in caught.value.mistakes), caught.value.mistakes


def test_a_large_file_is_sent_in_parts_that_fit() -> None:
    items = tuple(
        ItemEntry(item_id=f"i{number}", description="x" * 255, tax_code="low")
        for number in range(1201)
    )
    parts = list(parts_of(msgspec.structs.replace(read_catalogue(TOML, toml=True), items=items)))
    assert [len(part.items) for part in parts] == [500, 500, 201]
    assert {part.parts for part in parts} == {3}
    assert [len(part.tax_codes) for part in parts] == [1, 0, 0]
    assert all(len(msgspec.json.encode(part)) < 1 << 20 for part in parts)
