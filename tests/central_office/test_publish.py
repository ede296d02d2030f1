import asyncio
import json
import pathlib

import msgspec
import pytest

from central_office.cli import main
from central_office.report import read_report
from edge_daemon.master_data import CATALOGUE, MasterData
from edge_daemon.records.master_data import Catalogue
from edge_daemon.state import StateStore
from simulators.broker import Broker
from tests.edge_daemon.test_master_data import item
from tests.entries import ORGANIZATION, STORE
from tests.relaying import office, open_edge

PATIENCE_SECONDS = 30.0
STORE_OPTIONS = ["--organization", ORGANIZATION, "--store", STORE]


async def published(path: pathlib.Path, what: str, broker: Broker, *more: str) -> int:
    address = ["--broker", f"127.0.0.1:{broker.port}"]
    arguments = ["publish", what, str(path), *STORE_OPTIONS, *address, *more]
    return await asyncio.to_thread(main, arguments)


async def test_a_published_catalogue_is_in_force_and_the_office_sees_what_was_not_taken(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lists, database = tmp_path / "catalogue.json", tmp_path / "office.db"
    lists.write_bytes(msgspec.json.encode(Catalogue(items=(item(1), item(2)))))
    store = await StateStore.open(tmp_path / "state.db")
    master_data = MasterData(store)
    await master_data.load()
    changed = asyncio.Event()
    master_data.on_change(lambda _: changed.set())
    async with (
        Broker(kind="mosquitto") as broker,
        office(database, broker.port),
        open_edge(tmp_path / "journal.db", broker.port, downstream=master_data) as edge,
        asyncio.timeout(PATIENCE_SECONDS),
    ):
        await edge.acknowledged()
        assert await published(lists, "catalogue", broker, "--version", "7") == 0
        while master_data.version(CATALOGUE) != 7:
            changed.clear()
            await changed.wait()
        assert await published(lists, "catalogue", broker, "--version", "6") == 0
        while not (row := read_report(database).edges[0]).rejected:
            await edge.append()
            await edge.acknowledged()
    await store.close()
    assert main(["status", "--database", str(database)]) == 0
    shown = capsys.readouterr().out
    assert (row.versions["catalogue"], row.state) == (7, "online")
    assert row.rejected == {"catalogue": "Version 6 is older than 7, which is in force."}
    assert "did not take its catalogue: Version 6 is older than 7" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("what", "text", "words"),
    [
        ("catalogue", json.dumps({"items": [{"item_id": 1}]}), "is no catalogue"),
        ("config", "[]", "is no config"),
        ("stock", "", "is no stock"),
    ],
)
async def test_a_file_that_is_no_such_set_is_not_published(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], what: str, text: str, words: str
) -> None:
    path = tmp_path / "lists.json"
    path.write_text(text, encoding="utf-8")
    assert main(["publish", what, str(path), *STORE_OPTIONS]) == 1
    assert words in capsys.readouterr().err


def test_a_store_that_cannot_be_a_topic_is_refused(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--organization", ORGANIZATION, "--store", "a/b"]
    assert main(["publish", "config", str(tmp_path), *options]) == 1
    assert "cannot be part of an MQTT topic" in capsys.readouterr().err


def test_a_list_is_kept_for_all_stores_or_for_one_and_stock_is_not(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, database = tmp_path / "lists.json", str(tmp_path / "office.db")
    path.write_bytes(msgspec.json.encode(Catalogue(items=(item(1),))))
    options = ["--organization", ORGANIZATION, "--database", database]
    assert main(["keep", "catalogue", str(path), *options]) == 0
    assert main(["keep", "catalogue", str(path), *options, "--store", STORE]) == 0
    assert "Kept catalogue" in capsys.readouterr().out
    assert main(["keep", "catalogue", str(path), *options, "--store", "a/b"]) == 1
    assert "cannot be part of an MQTT topic" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["keep", "stock", str(path), *options])
