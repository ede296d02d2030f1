r"""Measures of this process, and Prometheus' text format for them.

A part that measures something keeps its `Histogram` itself; whoever is asked for all of them writes
them down. The format is these few lines; the library for it costs 160 ms at the start and 3 MiB,
and is the witness in the tests.

Source: Prometheus, "Exposition formats", text format 0.0.4.
"""

import bisect
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Bounds of durations: from a journal on a good disk to a customer who looks for a card."""
SERIES_LIMIT = 200
"""Of one histogram: what strangers can choose must not fill the memory."""

Labels = Mapping[str, str]
Sample = tuple[Labels, float]


class _Series(NamedTuple):
    buckets: list[int]
    total: list[float]


class Histogram:
    """Durations, counted by how long they were."""

    def __init__(self, *names: str, bounds: tuple[float, ...] = SECONDS) -> None:
        """Take the names of the labels that every observation has."""
        self._names = names
        self._bounds = bounds
        self._series: dict[tuple[str, ...], _Series] = {}

    def observe(self, seconds: float, *values: str) -> None:
        """Count one; `values` belong to the labels' names."""
        series = self._series.get(values)
        if series is None:
            if len(self._series) >= SERIES_LIMIT:
                return
            series = _Series([0] * (len(self._bounds) + 1), [0.0])
            self._series[values] = series
        series.buckets[bisect.bisect_left(self._bounds, seconds)] += 1
        series.total[0] += seconds

    def samples(self, name: str) -> Iterator[tuple[str, Sample]]:
        """What is written down: cumulated buckets, sum and count of each series."""
        for values, series in self._series.items():
            labels = dict(zip(self._names, values, strict=True))
            count = 0
            for bound, number in zip((*self._bounds, float("inf")), series.buckets, strict=True):
                count += number
                bounded = labels | {"le": "+Inf" if bound == float("inf") else repr(bound)}
                yield f"{name}_bucket", (bounded, count)
            yield f"{name}_sum", (labels, series.total[0])
            yield f"{name}_count", (labels, count)


class OwnTime:
    """Seconds that are ours: what is spent elsewhere does not count."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._began = now()
        self._away = 0.0

    @property
    def seconds(self) -> float:
        """Ours, until now."""
        return self._now() - self._began - self._away

    @contextlib.contextmanager
    def elsewhere(self) -> Iterator[None]:
        """Do not count this."""
        began = self._now()
        try:
            yield
        finally:
            self._away += self._now() - began

    @contextlib.contextmanager
    def back(self) -> Iterator[None]:
        """Count this, inside of `elsewhere`."""
        began = self._now()
        try:
            yield
        finally:
            self._away -= self._now() - began


class Exposition:
    """The text, line by line."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def gauge(self, name: str, words: str, *samples: Sample) -> None:
        """What goes up and down."""
        self._family(name, "gauge", words, ((name, each) for each in samples))

    def counter(self, name: str, words: str, *samples: Sample) -> None:
        """What only grows; `name` ends in `_total`."""
        self._family(name, "counter", words, ((name, each) for each in samples))

    def histogram(self, name: str, words: str, histogram: Histogram) -> None:
        """Durations."""
        self._family(name, "histogram", words, histogram.samples(name))

    def text(self) -> str:
        """All of it."""
        return "".join(f"{line}\n" for line in self._lines)

    def _family(
        self, name: str, kind: str, words: str, samples: Iterable[tuple[str, Sample]]
    ) -> None:
        written = [_line(sample, labels, value) for sample, (labels, value) in samples]
        if written:
            self._lines += [f"# HELP {name} {words}", f"# TYPE {name} {kind}", *written]


def _line(name: str, labels: Labels, value: float) -> str:
    pairs = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{pairs}}} {value!r}" if pairs else f"{name} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
