"""`edge-daemon pair` and `edge-daemon tokens`: who may use this box."""

import argparse
from typing import Any

from rich.table import Table

from edge_daemon.cli.asking import ask
from edge_daemon.cli.output import console, plain, print_json
from edge_daemon.clock import SystemClock, local_datetime
from edge_daemon.config import Configuration, load_configuration
from edge_daemon.records import new_ulid

Json = dict[str, Any]


def pair(options: argparse.Namespace) -> int:
    """Make a pairing code; the receipt printer prints it, where there is one.

    Raises:
        EdgeError: No daemon runs, or it refuses.
    """
    configuration = load_configuration(options.config)
    code_id = new_ulid(SystemClock().now_us())
    body = {
        name: value
        for name, value in (
            ("name", options.name),
            ("workstation", options.workstation),
            ("scopes", options.scopes),
            ("expires_in_days", options.days),
            ("minutes", options.minutes),
            ("print", not options.no_print),
        )
        if value is not None
    }
    offered: Json = ask(configuration, "PUT", f"/v1/pairing-codes/{code_id}", body)
    if options.json:
        print_json(offered)
        return 0
    _show(offered)
    return 0


def _show(offered: Json) -> None:
    code, slip = offered["code"], offered.get("slip")
    paper = console()
    paper.print(plain(f"Type this code on the register: {code['code']}", "bold"))
    paper.print(plain(f"It is good for {code['expires_in']} s and one register."))
    paper.print(plain(f"The box is at {offered['url']}."))
    if slip is None:
        return
    if slip["state"] == "printed":
        paper.print(plain(f"{slip['printer']} has printed it."))
    else:
        paper.print(plain(f"Not printed by {slip['printer']}: {slip.get('problem') or 'wait'}"))


def list_tokens(options: argparse.Namespace) -> int:
    """Show all tokens that were ever paired.

    Raises:
        EdgeError: No daemon runs, or it refuses.
    """
    configuration = load_configuration(options.config)
    tokens: list[Json] = ask(configuration, "GET", "/v1/tokens")["tokens"]
    if options.json:
        print_json({"tokens": tokens})
    else:
        console().print(_table(tokens, configuration))
    return 0


def revoke(options: argparse.Namespace) -> int:
    """Let a token open nothing any more.

    Raises:
        EdgeError: No daemon runs, there is no such token, or it refuses.
    """
    configuration = load_configuration(options.config)
    path = f"/v1/tokens/{options.token}/revoke"
    revoked: Json = ask(configuration, "POST", path, {"reason": options.reason})
    if options.json:
        print_json(revoked)
    else:
        console().print(plain(f"{revoked['name']} opens nothing any more."))
    return 0


def _table(tokens: list[Json], configuration: Configuration) -> Table:
    table = Table("id", "name", "workstation", "scopes", "paired", "state", box=None)
    clock = SystemClock(configuration.edge.time_zone)
    for token in tokens:
        state, style = _state(token, clock)
        table.add_row(
            plain(token["id"]),
            plain(token["name"]),
            plain(token.get("workstation") or "any"),
            plain(" ".join(token["scopes"])),
            plain(_moment(token["created_at"], clock)),
            plain(state, style),
        )
    return table


def _state(token: Json, clock: SystemClock) -> tuple[str, str]:
    if (revoked := token.get("revoked_at")) is not None:
        return f"revoked {_moment(revoked, clock)}", "red"
    if (expires := token.get("expires_at")) is None:
        return "good until revoked", "green"
    if expires <= clock.now_us():
        return f"expired {_moment(expires, clock)}", "red"
    return f"good until {_moment(expires, clock)}", "green"


def _moment(moment_us: int, clock: SystemClock) -> str:
    return f"{local_datetime(moment_us, clock.utc_offset_min(moment_us)):%Y-%m-%d %H:%M}"
