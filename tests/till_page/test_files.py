import json
import re
from collections import Counter

import pytest

from tests.till_page.shop import LANGUAGES, PAGE, WORDS

MODULES = {each.name: each.read_text("utf-8") for each in PAGE.glob("*.js")}
DAEMON = PAGE.parents[1]
DRIVERS = PAGE.parents[2] / "drivers"


def test_every_language_has_the_same_words() -> None:
    for language in LANGUAGES:
        pairs = json.loads(
            (PAGE / f"{language}.json").read_text("utf-8"), object_pairs_hook=lambda found: found
        )
        assert [key for key, many in Counter(key for key, _ in pairs).items() if many > 1] == []
        assert set(WORDS[language]) == set(WORDS["nl"])
        for key, words in WORDS[language].items():
            assert words.strip(), (language, key)
            holes = re.findall(r"\{(\w+)\}", words)
            assert sorted(holes) == sorted(re.findall(r"\{(\w+)\}", WORDS["nl"][key])), key


def test_everything_that_is_said_has_words_and_all_words_are_said() -> None:
    said = set(re.findall(r'"([A-Za-z_]+)"', "\n".join(MODULES.values())))
    named = {key for text in MODULES.values() for key in re.findall(r'say\("(\w+)"', text)}
    begun = {
        key for text in MODULES.values() for key in re.findall(r"(?:say|knows)\(`(\w+_)\$", text)
    }
    assert named - set(WORDS["nl"]) == set()
    spare = {
        key
        for key in set(WORDS["nl"]) - said
        if not any(key.startswith(start) for start in begun) and not key.endswith("_out")
    }
    assert spare == set()


def sentences() -> list[tuple[str, str]]:
    return re.findall(r"\[/(.+)/, \"(\w+)\"\]", MODULES["failures.js"])


@pytest.mark.parametrize(("piece", "key"), sentences())
def test_a_sentence_of_the_box_that_has_words_is_one_that_it_says(piece: str, key: str) -> None:
    assert key in WORDS["nl"]
    source = "\n".join(each.read_text("utf-8") for each in DAEMON.glob("*/*.py"))
    told = re.sub(r'"\s*\n\s*f?"', "", source)  # one sentence over several lines
    filled = re.sub(r"\{[^{}]*\}", "7", told)
    assert re.search(piece.removeprefix("^"), filled + told), piece


def reasons() -> list[tuple[str, str]]:
    listed = re.findall(r"\[/(.+)/, \"(\w+)\"\]", MODULES["declined.js"])
    return [(piece, key) for pieces, key in listed for piece in pieces.split("|")]


@pytest.mark.parametrize(("piece", "key"), reasons())
def test_a_reason_of_a_terminal_that_has_words_is_one_that_a_driver_gives(
    piece: str, key: str
) -> None:
    assert key in WORDS["nl"]
    source = "\n".join(each.read_text("utf-8") for each in DRIVERS.rglob("*.py"))
    assert re.search(piece.removeprefix("^"), source), piece


TOLD = {
    "the printer runs out of paper in a receipt": "receipt_failed receipt_unknown paper_out",
    "its cover is open at a cash sale": "drawer_failed cover_open",
    "the terminal declines": "payment_declined",
    "the customer or the cashier aborts": "payment_not_done declined_cancelled",
    "less is approved than asked for": "payment_part still_due",
    "the terminal wants a signature": "payment_signature",
    "the terminal's answer is lost": "payment_doubt",
    "the terminal cannot tell any more": "payment_review decide_words",
    "a card in doubt turns out paid after cash was taken": "payment_refund_due give_back",
    "the terminal's totals differ at the end of the day": "report_differs",
    "a terminal has no link": "standalone_words",
    "a bank card is held to a card reader": "use_the_terminal",
    "a card was copied, or a tap is played again": "card_refused",
    "the service for card readers is restarted": "offline_card_reader device_opening",
    "a device is unplugged": "offline_pos_printer offline_scanner offline_payment_terminal",
    "the broker or the office is away": "office_away",
    "the broker's certificate or ours does not fit": "finding_relay finding_certificate",
    "power is cut in the middle of a sale": "box_away asking_again",
    "the box starts with a wrong date": "which_date_words date_first",
    "a till is closed with open sales, or not counted, or counted twice": (
        "parked_open sale_open count_first counted_already count_differs"
    ),
    "more comes back than was sold, or one receipt at two registers at once": (
        "too_much_back receipt_spent receipt_busy"
    ),
    "a suspended sale is taken up twice": "take_over_words parked_elsewhere",
    "a terminal does not reverse a voided sale's card": "still_out payment_not_done_out",
    "it is not known whether a card got its money back": "card_refund_unknown",
    "a gift card holds too little, or is used twice at once": "gift_card_too_little",
    "two shops without a line take the same gift card": "gift_card_stale gift_card_empty",
    "a discount is more than there is to pay": "discount_too_much",
    "an article is not in the catalogue": "no_article type_its_price",
    "somebody has no right to an act": "approval_words no_right",
    "a Z is made while a card payment is in doubt": "report_unresolved",
    "the box is dead, or its card": "box_away till_carried_over report_not_covered",
    "an old image of the card was put back": "finding_relay",
    "two boxes run from one card, or somebody changes the journal": "finding_relay",
    "the disk is full": "refused_disk_full finding_disk_full",
}
"""What the clerk reads at the till, for each row of the README's table."""


def test_whatever_may_happen_has_its_words_at_the_till() -> None:
    readme = PAGE.parents[2] / "README.md"
    table = readme.read_text("utf-8").partition("## What happens when")[2].partition("\n\nThe ")[0]
    rows = re.findall(r"^\| (.*?) \|", table, re.MULTILINE)
    assert rows == ["…", *TOLD]
    assert {key for keys in TOLD.values() for key in keys.split()} - set(WORDS["nl"]) == set()


def test_the_worker_keeps_every_file_of_the_page_and_nothing_else() -> None:
    kept = set(re.findall(r'"([\w.-]+\.(?:js|css|json|svg|webmanifest))"', MODULES["worker.js"]))
    files = {each.name for each in PAGE.iterdir()} - {"index.html", "worker.js"}
    assert kept == files
    assert '"/till", "/client.js"' in MODULES["worker.js"]
    assert "/v1/" not in MODULES["worker.js"]


def test_the_manifest_names_icons_that_are_there() -> None:
    manifest = json.loads((PAGE / "app.webmanifest").read_text("utf-8"))
    assert {icon["src"].removeprefix("/till/") for icon in manifest["icons"]} <= {
        each.name for each in PAGE.iterdir()
    }
    assert manifest["scope"] == manifest["start_url"] == manifest["id"] == "/till"
