"""`edge-daemon status`: what the status page shows, in a terminal."""

import argparse
from typing import Any

from rich.console import Console
from rich.table import Table

from edge_daemon.cli.asking import ask
from edge_daemon.cli.devices import table as devices_table
from edge_daemon.cli.output import console, plain, print_json
from edge_daemon.clock import SystemClock, local_datetime
from edge_daemon.config import Configuration, load_configuration

Json = dict[str, Any]
SALES = 5
STYLES = {"ok": "bold green", "degraded": "bold yellow", "failed": "bold red"}
WORDS = {"ok": "Everything works.", "degraded": "Needs a hand:", "failed": "It cannot sell:"}
GIGABYTE = 1_000_000_000


def show(options: argparse.Namespace) -> int:
    """Show how the box is; 1 when something needs a hand.

    Raises:
        EdgeError: No daemon runs, or it refuses.
    """
    configuration = load_configuration(options.config)
    told: Json = {
        "health": ask(configuration, "GET", "/v1/health"),
        **ask(configuration, "GET", "/v1/devices"),
        "payments": ask(configuration, "GET", "/v1/payments"),
        **ask(configuration, "GET", f"/v1/sales?limit={SALES}"),
    }
    if options.json:
        print_json(told)
    else:
        _show(told, configuration)
    return 0 if told["health"]["status"] == "ok" else 1


def _show(told: Json, configuration: Configuration) -> None:
    paper, health = console(), told["health"]
    status = health["status"]
    paper.print(plain(f"{health['edge_id']}: {WORDS[status]}", STYLES[status]))
    for problem in health["problems"]:
        paper.print(plain(f"  {problem}"))
    _facts(health, paper)
    paper.print(devices_table(told["devices"], configuration))
    if told["sales"]:
        paper.print(_sales(told["sales"], configuration))


def _facts(health: Json, paper: Console) -> None:
    relay, machine = health.get("relay"), health.get("machine")
    journal = health["journal"]
    lines = [f"journal: {journal['position']}, {journal['database_bytes'] / 1_000_000:.1f} MB"]
    if relay is None:
        lines.append("office: none is configured")
    else:
        line = "connected" if relay["connected"] else "not connected"
        lines.append(f"office: {line} to {relay['broker']}, {relay['lag']} entries to go")
    lines.append(f"clock: {health['clock_state']}")
    if machine is not None:
        free, size = machine["disk_free"] / GIGABYTE, machine["disk_size"] / GIGABYTE
        heat = machine.get("temperature")
        warm = "" if heat is None else f", {heat:.0f} °C"
        lines.append(f"box: {free:.1f} of {size:.1f} GB free{warm}")
    for line in lines:
        paper.print(plain(line))


def _sales(sales: list[Json], configuration: Configuration) -> Table:
    table = Table("sold", "receipt", "till", "total", "state", box=None)
    clock = SystemClock(configuration.edge.time_zone)
    for sale in sales:
        moment = sale.get("occurred_at")
        when = ""
        if moment is not None:
            when = f"{local_datetime(moment, clock.utc_offset_min(moment)):%Y-%m-%d %H:%M}"
        table.add_row(
            plain(when),
            plain(sale.get("sequence_number") or ""),
            plain(sale.get("workstation") or ""),
            plain(f"{sale['total']} {sale.get('currency') or ''}"),
            plain(sale["state"]),
        )
    return table
