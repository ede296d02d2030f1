"""What can be typed to learn how the box is: `status`, `doctor`, `support-bundle`."""

from pathlib import Path
from typing import TYPE_CHECKING

from edge_daemon.cli.options import add, add_configuration, add_json

if TYPE_CHECKING:
    import argparse
    from argparse import _SubParsersAction


def add_health(commands: "_SubParsersAction[argparse.ArgumentParser]", *, root: str) -> None:
    """Add the three; `root` says who may."""
    status = add(
        commands,
        "status",
        "status:show",
        "show how the box is.\n\nProblems, devices, journal, the way to the office, last sales.\n"
        "Asks the running daemon. The exit code is 1 when something needs a hand.",
        epilog=root,
    )
    doctor = add(
        commands,
        "doctor",
        "doctor:doctor",
        "find what is wrong with this box, and say how to mend it.\n\n"
        "Configuration, device files and groups, pcscd, broker, clock, disk, heat, power supply,\n"
        "certificate; and what the daemon says, where it runs. It opens no device and changes\n"
        "nothing. The exit code is 1 when something does not work.",
        epilog=root,
    )
    bundle = add(
        commands,
        "support-bundle",
        "support:bundle",
        "write one file for support, without secrets and card data.\n\n"
        "Configuration, what doctor finds, how the daemon is, its last lines of log, what the\n"
        "journal holds in numbers, versions. The daemon need not run.",
        epilog=root,
    )
    bundle.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="a file that is not there yet (default: support-TIME.zip)",
    )
    for parser in (status, doctor, bundle):
        add_configuration(parser)
        add_json(parser)
