import json
import pathlib
import re

from central_office.api.viewing import AUDITED
from central_office.tables import Reason
from edge_daemon.records.payloads import (
    InventoryControlKind,
    PaymentState,
    PurchaseOrderEvent,
    TenderControlKind,
    TransactionType,
)
from tests.backoffice.test_pages import PAGES

ROOM = pathlib.Path(__file__).parents[2] / "central_office" / "backoffice"
SCRIPTS = [path for path in ROOM.rglob("*.js") if ".min." not in path.name]
WORDS = {
    language: json.loads((ROOM / f"{language}.json").read_text(encoding="utf-8"))
    for language in ("nl", "en")
}
SAID = re.compile(r'\bsay\(\s*"([a-z_A-Z0-9]+)"')
TERMS = re.compile(r'\bterm\(\s*"([a-z_]+)"')


def test_both_languages_have_the_same_words_with_the_same_blanks() -> None:
    assert WORDS["nl"].keys() == WORDS["en"].keys()
    for key, words in WORDS["nl"].items():
        blanks = re.compile(r"\{(\w+)\}")
        assert sorted(blanks.findall(words)) == sorted(blanks.findall(WORDS["en"][key])), key


def test_everything_that_is_said_has_words() -> None:
    script = "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS)
    assert set(SAID.findall(script)) - WORDS["en"].keys() == set()
    assert {f"page_{name}" for name in re.findall(r'{\s*name: "([a-z]+)"', script)} <= WORDS[
        "en"
    ].keys()
    for kind in TERMS.findall(script):
        assert any(key.startswith(f"{kind}_") for key in WORDS["en"]), kind


def test_every_term_of_the_records_that_a_page_shows_has_words() -> None:
    settled = {"CONFIRMED", "APPROVED", "DECLINED", "NOT_PROCESSED", "REVERSED"}
    counted = {"CountStart", "CountLine", "CountEnd"}  # counts are listed apart
    terms: dict[str, set[str]] = {
        "cause": set(TenderControlKind),
        "movement": {*set(InventoryControlKind) - counted, "Sale", "Return", "PostVoided"},
        "type": set(TransactionType),
        "payment": {*map(str, PaymentState)} - settled,
        "order": set(PurchaseOrderEvent),
        "quarantine": set(Reason),
        "channel": {"store", "webshop", "collect"},
        "tender": {
            "Cash",
            "CreditDebit",
            "GiftCard",
            "Voucher",
            "CustomerAccount",
            "Online",
            "Other",
        },
        "entry": {"Contactless", "Chip", "Magstripe", "Manual"},
        "lookup": {*AUDITED - {"receipts-behind"}, "receipt", "clocking_corrected", "list_kept"},
    }
    wanted = {f"{kind}_{term}" for kind, some in terms.items() for term in some}
    assert wanted - WORDS["en"].keys() == set()


def test_the_library_of_charts_is_the_one_that_was_released_with_its_licence() -> None:
    library = ROOM / "uplot"
    assert "v1.6.32" in (library / "uPlot.iife.min.js").read_text(encoding="utf-8")[:100]
    assert "Leon Sorokin" in (library / "LICENSE").read_text(encoding="utf-8")


def test_every_page_is_looked_at_in_a_browser() -> None:
    names = re.findall(r'{\s*name: "([a-z]+)"', (ROOM / "pages.js").read_text(encoding="utf-8"))
    assert set(names) == set(PAGES) | {"behind", "acts", "receipt", "order"}
