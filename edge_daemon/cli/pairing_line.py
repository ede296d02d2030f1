"""What can be typed behind `edge-daemon pair` and `edge-daemon tokens`."""

import argparse
from typing import TYPE_CHECKING

from edge_daemon.cli.options import add, add_configuration, add_json
from edge_daemon.scopes import MANAGER_SCOPES, Scope

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add_pairing(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `pair` and `tokens`."""
    pair = add(
        commands,
        "pair",
        "pairing:pair",
        "print a code that a register exchanges for its token.\n\n"
        "It is shown here as well. Without a choice the register may do all but pair others.",
    )
    pair.add_argument("--name", help="what the token is called in lists")
    pair.add_argument("--workstation", metavar="NAME", help="the only one that it acts for")
    pair.add_argument(
        "--scopes",
        type=_scopes,
        metavar="SCOPE,SCOPE",
        help=f"what it may do, of: {', '.join(Scope)}",
    )
    pair.add_argument(
        "--manager",
        dest="scopes",
        action="store_const",
        const=sorted(MANAGER_SCOPES),
        help="for the status page on the shopkeeper's own phone or tablet, which may pair others",
    )
    pair.add_argument("--days", type=int, help="how long the token is good (default: for ever)")
    pair.add_argument("--minutes", type=int, help="how long the code is good (default: 10)")
    pair.add_argument("--no-print", action="store_true", help="show the code here only")
    tokens = add(commands, "tokens", None, "list who is paired with this box, and revoke.")
    actions = tokens.add_subparsers(metavar="ACTION", required=True)
    listing = add(actions, "list", "pairing:list_tokens", "show all tokens that were ever paired.")
    revoke = add(
        actions,
        "revoke",
        "pairing:revoke",
        "let a token open nothing any more.\n\nAt once: its register is cut off as well.",
    )
    revoke.add_argument("token", metavar="ID", help="as `edge-daemon tokens list` shows it")
    revoke.add_argument("--reason", default="revoked at the command line", help="for the journal")
    for parser in (pair, listing, revoke):
        add_configuration(parser)
        add_json(parser)


def _scopes(text: str) -> list[str]:
    scopes = [word.strip() for word in text.split(",")]
    known = [str(scope) for scope in Scope]
    for word in scopes:
        if word not in known:
            raise argparse.ArgumentTypeError(
                f"there is no scope {word!r}; there is {', '.join(known)}"
            )
    return scopes
