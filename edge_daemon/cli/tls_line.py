"""What can be typed behind `edge-daemon tls`."""

from typing import TYPE_CHECKING

from edge_daemon.cli.options import add, add_configuration, add_json

if TYPE_CHECKING:
    import argparse
    from argparse import _SubParsersAction


def add_tls(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `tls` and its actions."""
    tls = add(commands, "tls", None, "the certificate by which registers recognise this box.")
    actions = tls.add_subparsers(metavar="ACTION", required=True)
    init = add(
        actions,
        "init",
        "tls:init",
        "make an authority of the box's own and a certificate, where they are missing.\n\n"
        "The daemon renews the certificate by itself. With a certificate of the shop's own in\n"
        "[api.tls] nothing is made, and that one is checked.",
    )
    show = add(actions, "show", "tls:show", "show the certificate, and what tablets compare.")
    for parser in (init, show):
        add_configuration(parser)
        add_json(parser)
