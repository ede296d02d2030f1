import asyncio
import contextlib
import pathlib

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from edge_daemon.app import Daemon, opened
from edge_daemon.config import load_configuration
from edge_daemon.measures import SERIES_LIMIT, Exposition, Histogram, OwnTime
from tests.edge_daemon.conftest import BARE
from tests.edge_daemon.serving import TOKEN, client
from tests.stories.counter import CARD, Counter

Labels = dict[str, str]


def samples(text: str) -> dict[str, list[tuple[Labels, float]]]:
    """Every sample as Prometheus' own library reads it."""
    found: dict[str, list[tuple[Labels, float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


async def scrape(
    register: httpx.AsyncClient, url: str = "/metrics"
) -> dict[str, list[tuple[Labels, float]]]:
    answer = await register.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return samples(answer.text)


async def test_a_counter_that_sells_measures_itself() -> None:
    async with Counter() as counter:
        await counter.start()
        await counter.sell()
        await counter.sell(**CARD)
        await counter.printer.hand("open_cover")
        found = await scrape(counter.client, f"{counter.url}/metrics")
        head = counter.daemon.journal.head.position.seq
    assert found["edge_daemon_print_first_byte_seconds_count"] == [({}, 2)]
    assert found["edge_daemon_payment_overhead_seconds_count"] == [({}, 1)]
    ((_, appends),) = found["edge_daemon_journal_append_seconds_count"]
    assert appends >= 10
    sold = {"method": "PUT", "route": "/v1/sales/{resource_id}"}
    assert (sold, 2) in found["edge_daemon_request_seconds_count"]
    ((_, written),) = found["edge_daemon_journal_head"]
    assert written <= head
    online = {"device": "terminal", "family": "payment_terminal", "state": "online"}
    assert (online, 1) in found["edge_daemon_device_state"]
    ((_, memory),) = found["edge_daemon_memory_bytes"]
    assert memory > 10_000_000


async def test_buckets_of_a_histogram_grow_and_end_with_its_count() -> None:
    histogram = Histogram("kind", bounds=(0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 20.0):
        histogram.observe(seconds, 'odd "kind"\\\n')
    page = Exposition()
    page.histogram("some_seconds", "Some.", histogram)
    found = samples(page.text())
    kind = {"kind": 'odd "kind"\\\n'}
    assert found["some_seconds_bucket"] == [
        (kind | {"le": "0.1"}, 2),
        (kind | {"le": "1.0"}, 3),
        (kind | {"le": "+Inf"}, 4),
    ]
    assert found["some_seconds_count"] == [(kind, 4)]
    ((labels, total),) = found["some_seconds_sum"]
    assert labels == kind
    assert total == pytest.approx(20.65)


def test_strangers_cannot_fill_the_memory_with_series() -> None:
    histogram = Histogram("route")
    for number in range(SERIES_LIMIT * 2):
        histogram.observe(0.1, str(number))
    assert len(list(histogram.samples("x"))) == SERIES_LIMIT * 18


def test_own_time_leaves_out_what_was_spent_elsewhere() -> None:
    moment = 0.0

    def now() -> float:
        return moment

    own = OwnTime(now)
    moment = 1.0
    with own.elsewhere():
        moment = 5.0
        with own.back():
            moment = 7.0
        moment = 8.0
    moment = 9.0
    assert own.seconds == pytest.approx(4.0)


async def test_measures_are_for_who_may_read(bare_daemon: Daemon) -> None:
    port = bare_daemon.addresses[0][1]
    async with client(port, token=None) as stranger:
        assert (await stranger.get("/metrics")).status_code == 401
        await stranger.get("/v1/health")
    async with client(port) as register:
        found = await scrape(register)
    routes = {labels["route"] for labels, _ in found["edge_daemon_request_seconds_count"]}
    assert "refused" in routes


async def test_a_configuration_can_open_the_measures_to_all(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "edge-daemon.toml"
    text = BARE.format(directory=tmp_path / "state", token=TOKEN)
    path.write_text(text.replace("port = 0", "port = 0\nmetrics_without_token = true"))
    async with opened(load_configuration(path)) as daemon:
        running = asyncio.ensure_future(daemon.run())
        await daemon.server.ready.wait()
        async with client(daemon.addresses[0][1], token=None) as stranger:
            found = await scrape(stranger)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    assert found["edge_daemon_info"][0][0]["edge"] == "edge-0041"


async def test_health_answers_when_the_disk_is_gone(bare_daemon: Daemon) -> None:
    bare_daemon.journal.path = pathlib.Path("/nowhere/journal.db")
    async with client(bare_daemon.addresses[0][1]) as register:
        health = (await register.get("/v1/health")).json()
        found = await scrape(register)
    assert health["machine"] is None
    assert "edge_daemon_disk_free_bytes" not in found
