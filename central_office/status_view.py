"""The report as a person reads it in a terminal."""

import datetime as dt
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from central_office.cells import cell
from central_office.fork_report import ForkRow
from central_office.report import Report, StreamRow


def print_report(report: Report, console: Console) -> None:
    """Print the streams, the sales and what waits for a person."""
    console.print(_stores_table(report))
    console.print(_streams_table(report))
    if report.sales:
        console.print(_sales_table(report))
    for edge in report.edges:
        for name, reason in edge.rejected.items():
            console.print(f"[bold red]{edge.edge_id}[/] did not take its {name}: {reason}")
    print_forks(report.forks, console)
    if report.dropped:
        console.print(f"[bold red]The quarantine is full[/]: {report.dropped} were not kept.")
    for waiting in report.quarantine:
        console.print(
            f"[bold red]Quarantine[/]: {waiting.kept} kept, reason {waiting.reason} "
            f"(came {waiting.times} times)."
        )


def print_forks(forks: Sequence[ForkRow], console: Console) -> None:
    """Print the branches in quarantine, a line each."""
    for fork in forks:
        by = f" by {fork.by}: {fork.reason}" if fork.by else ""
        gross = ", ".join(f"{_money(amount)} {name}" for name, amount in fork.gross.items())
        line = (
            f"Fork of {fork.edge_id} {fork.epoch}, branch {fork.branch}: {fork.entries} entries, "
            f"{fork.first_seq} to {fork.last_seq}, {fork.sales} sales ({gross or 'no money'}): "
            f"{fork.decision}{by}."
        )
        console.print(cell(line))


def _stores_table(report: Report) -> Table:
    table = Table(title=f"{report.entries} entries")
    table.add_column("store")
    for heading in ("complete to (UTC)", "boxes", "incomplete", "alarms"):
        table.add_column(heading, justify="right")
    for row in report.stores:
        counts = (f"{count:,}" for count in (row.edges, row.incomplete, row.alarms))
        table.add_row(f"{row.organization}/{row.store}", _moment(row.complete_to), *counts)
    return table


def _streams_table(report: Report) -> Table:
    table = Table(title="Boxes")
    for heading in ("store", "edge", "epoch", "state"):
        table.add_column(heading)
    for heading in ("complete up to", "at (UTC)", "lag", "missing", "parked", "duplicates"):
        table.add_column(heading, justify="right")
    table.add_column("alarm", style="bold red")
    for stream in report.streams:
        table.add_row(*map(cell, _stream_cells(stream)))
    return table


def _stream_cells(stream: StreamRow) -> tuple[str, ...]:
    forked = "" if stream.forked_at is None else f"forked at {stream.forked_at}"
    alarm = " ".join(filter(None, (forked, stream.link_alarm)))
    return (
        f"{stream.organization}/{stream.store}",
        stream.edge_id,
        stream.epoch,
        stream.state,
        f"{stream.up_to_seq:,}",
        _moment(stream.occurred_at),
        f"{stream.lag:,}",
        "" if stream.missing is None else f"{stream.missing[0]:,} to {stream.missing[1]:,}",
        f"{stream.parked:,}",
        f"{stream.duplicates:,}",
        alarm,
    )


def _sales_table(report: Report) -> Table:
    table = Table(title="Sales")
    table.add_column("store")
    for heading in ("sales", "gross", "currency"):
        table.add_column(heading, justify="right")
    for total in report.sales:
        where = f"{total.organization}/{total.store}"
        table.add_row(where, f"{total.sales:,}", _money(total.gross), total.currency)
    return table


def _money(amount: int) -> str:
    """Minor units with two digits, which is right for the currencies of the Benelux."""
    sign = "-" if amount < 0 else ""
    whole, cents = divmod(abs(amount), 100)
    return f"{sign}{whole:,}.{cents:02}"


def _moment(moment_us: int | None) -> str:
    if moment_us is None:
        return ""
    moment = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=moment_us)
    return moment.strftime("%Y-%m-%d %H:%M:%S")
