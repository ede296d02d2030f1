import json
import pathlib
import re

import pytest

from edge_daemon.api.pages import MEDIA_TYPES, STATUS, TILL
from edge_daemon.api.parts import Finding
from edge_daemon.app import Daemon
from edge_daemon.devices import Readiness
from edge_daemon.scopes import Scope
from tests.edge_daemon.serving import client

API = pathlib.Path(__file__).parents[2] / "edge_daemon" / "api"
PAGE = API / STATUS
PAGES = {"/": (PAGE, "/status"), "/till": (API / TILL, "/till")}
LANGUAGES = ("nl", "en", "fr", "de")


def words(language: str) -> dict[str, str]:
    catalogue: dict[str, str] = json.loads((PAGE / f"{language}.json").read_text(encoding="utf-8"))
    return catalogue


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_catalogue_has_the_same_words_with_the_same_gaps(language: str) -> None:
    def gaps(catalogue: dict[str, str]) -> dict[str, list[str]]:
        return {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in catalogue.items()}

    assert gaps(words(language)) == gaps(words("en"))
    assert all(text.strip() for text in words(language).values())


def test_every_word_that_the_page_says_is_in_the_catalogues() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in PAGE.glob("*.js"))
    said = set(re.findall(r'say\(\s*"(\w+)"', scripts))
    assert said
    assert said <= words("en").keys()


def test_what_the_daemon_can_find_has_words() -> None:
    known = words("en").keys()
    (codes,) = (hint.__args__ for name, hint in Finding.__annotations__.items() if name == "code")
    own = {"device", "payment_in_doubt", "refund_due"}
    assert {f"finding_{code}" for code in codes if code not in own} <= known
    assert {f"advice_{code}" for code in codes if code not in own} <= known
    assert {f"scope_{scope}" for scope in Scope} <= known
    assert {f"state_{state}" for state in Readiness} <= known


@pytest.mark.parametrize("address", PAGES)
async def test_page_is_open_and_may_load_nothing_from_elsewhere(
    bare_daemon: Daemon, address: str
) -> None:
    folder, place = PAGES[address]
    async with client(bare_daemon.addresses[0][1], token=None) as stranger:
        answers = [await stranger.get(f"{place}/{path.name}") for path in sorted(folder.iterdir())]
        answers.append(await stranger.get(address))
    for answer in answers:
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "set-cookie" not in answer.headers
        assert answer.headers["x-content-type-options"] == "nosniff"
    types = {answer.headers["content-type"].partition(";")[0] for answer in answers}
    assert types == {MEDIA_TYPES[path.suffix[1:]] for path in folder.iterdir()}


@pytest.mark.parametrize(
    "name", ["missing.js", "..%2f__init__.py", "%2e%2e/__init__.py", "../pages.py", "page.js%00"]
)
async def test_nothing_else_is_served(bare_daemon: Daemon, name: str) -> None:
    async with client(bare_daemon.addresses[0][1], token=None) as stranger:
        answer = await stranger.get(f"/status/{name}")
    assert answer.status_code in {401, 404}
    assert "import" not in answer.text


@pytest.mark.parametrize("folder", [PAGE, API / TILL])
def test_page_has_no_inline_script_and_no_foreign_address(folder: pathlib.Path) -> None:
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script[^>]*>(.*?)</script>", page) == [""]
    assert not re.search(r"\son\w+=|style=|javascript:", page)
    for path in folder.iterdir():
        addresses = re.findall(r"https?://[\w.]+", path.read_text(encoding="utf-8"))
        assert set(addresses) <= {"http://www.w3.org"}, path
