"""What a benchmark finds, beside a limit measured in the same run, as a table and as JSON.

A machine that does other things slows both down, so only the ratio says something about the code.
"""

import dataclasses
import json
import os
import pathlib
import platform
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

PAGE = b"\0" * 4096
SYNCS = 200


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a figure should be: `value` or better.

    Attributes:
        of: Whether the measured value is meant or its ratio to the limit.
        better: The side on which better lies.
    """

    value: float
    of: Literal["measured", "ratio"] = "measured"
    better: Literal["lower", "higher"] = "lower"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table.

    Attributes:
        limit: The same measured on next to nothing, in the same run.
        limit_is: What next to nothing was.
    """

    name: str
    unit: str
    measured: float
    limit: float
    limit_is: str
    aim: Aim | None = None

    @property
    def ratio(self) -> float:
        """Measured by limit."""
        return self.measured / self.limit

    @property
    def met(self) -> bool | None:
        """Whether the aim is reached; None where there is none."""
        if self.aim is None:
            return None
        value = self.measured if self.aim.of == "measured" else self.ratio
        return value <= self.aim.value if self.aim.better == "lower" else value >= self.aim.value


def p50(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def p99(values: Sequence[float]) -> float:
    """The value that 99 of 100 do not pass; the largest of fewer than 100."""
    return sorted(values)[min(len(values) - 1, len(values) * 99 // 100)]


def distribution(
    name: str,
    measured: Sequence[float],
    limit: Sequence[float],
    limit_is: str,
    *,
    p50_aim: Aim | None = None,
    p99_aim: Aim | None = None,
) -> list[Figure]:
    """p50 and p99 of two lists of milliseconds."""
    return [
        Figure(
            name=f"{name}, {label}",
            unit="ms",
            measured=quantile(measured),
            limit=quantile(limit),
            limit_is=limit_is,
            aim=aim,
        )
        for label, quantile, aim in (("p50", p50, p50_aim), ("p99", p99, p99_aim))
    ]


def machine() -> dict[str, Any]:
    """Where this was measured, and how long its disk takes for one sync."""
    return {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "kernel": platform.release(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "directory": tempfile.gettempdir(),
        "fsync_p50_us": round(_fsync_p50_us()),
    }


def _fsync_p50_us() -> float:
    took: list[float] = []
    with tempfile.TemporaryFile(buffering=0) as file:
        for _ in range(SYNCS):
            file.seek(0)
            began = time.perf_counter()
            file.write(PAGE)
            os.fsync(file.fileno())
            took.append((time.perf_counter() - began) * 1e6)
    return p50(took)


def as_json(figures: Iterable[Figure], where: dict[str, Any]) -> str:
    """Everything in one line."""
    lines = [
        dataclasses.asdict(figure) | {"ratio": round(figure.ratio, 3), "met": figure.met}
        for figure in figures
    ]
    return json.dumps({"figures": lines, "where": where})


def show(figures: Iterable[Figure], console: Console) -> None:
    """Print the table."""
    table = Table("figure", "aim", "measured", "limit", "ratio", "", "limit: what was measured")
    for figure in figures:
        table.add_row(
            figure.name,
            _spoken_aim(figure),
            _spoken(figure.measured, figure.unit),
            _spoken(figure.limit, figure.unit),
            f"{figure.ratio:.2f}x",
            {None: "", True: "met", False: "missed"}[figure.met],
            figure.limit_is,
        )
    console.print(table)


def _spoken_aim(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    sign = "≤" if figure.aim.better == "lower" else "≥"
    if figure.aim.of == "ratio":
        return f"{sign} {figure.aim.value:g}x"
    return f"{sign} {figure.aim.value:g} {figure.unit}"


def _spoken(value: float, unit: str) -> str:
    digits = 2 if unit == "ms" and value < 100 else 0 if value >= 1000 else 1
    return f"{value:,.{digits}f} {unit}"


def root() -> pathlib.Path:
    """The project's folder, where `python -m tests.benchmarks…` works."""
    return pathlib.Path(__file__).parents[2]
