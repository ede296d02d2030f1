import json
import re
from collections import Counter

import pytest

from tests.till_page.shop import LANGUAGES, PAGE, WORDS

MODULES = {each.name: each.read_text("utf-8") for each in PAGE.glob("*.js")}
DAEMON = PAGE.parents[1]


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
    told = re.sub(r"\{[^{}]*\}", "7", told)
    assert re.search(piece.removeprefix("^"), told), piece


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
