"""What can be typed, and how a command ends: with an answer, or a sentence; never a traceback."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from edge_daemon.cli.catalogue_line import add_catalogue
from edge_daemon.cli.health_line import add_health
from edge_daemon.cli.journal_line import add_journal
from edge_daemon.cli.options import add, add_configuration, add_json
from edge_daemon.cli.pairing_line import add_pairing
from edge_daemon.cli.tls_line import add_tls
from edge_daemon.errors import EdgeError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

DONE = 0
FOUND_WRONG = 1
INTERRUPTED = 130
"""128 and the number of the signal, as shells count (SIGINT)."""

DESCRIPTION = """\
The daemon of a shop counter: drives its devices, journals every sale and relays the journal to
the central office.
"""

EXIT_CODES = """\
exit codes:
  0    done; what was looked at is sound
  1    something is wrong: mistakes in the configuration, a broken journal, a daemon that does not
       answer or cannot start, bytes that cannot be decoded; stderr says what and what to do
  2    the command line is wrong
  130  interrupted
"""


_ROOT = """\
It speaks to the daemon with a token that lies in its state directory: run it as root, or as the
daemon's user.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _command(options.command)(options)
    except EdgeError as error:
        for line in str(error).splitlines():
            print(f"edge-daemon: {line}", file=sys.stderr)  # noqa: T201 - a command's answer
        return FOUND_WRONG
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FOUND_WRONG
    except KeyboardInterrupt:
        return INTERRUPTED


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    module, _, function = name.partition(":")
    found = getattr(importlib.import_module(f"edge_daemon.cli.{module}"), function)
    return cast("Callable[[argparse.Namespace], int]", found)


class _Version(argparse.Action):
    """Looks the version up when it is asked for, and not at every start."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - said above

        print(f"edge-daemon {version('pos-edge')}")  # noqa: T201 - a command's answer
        parser.exit()


# --- what can be typed ----------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edge-daemon",
        description=DESCRIPTION,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="say the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_run(commands)
    _add_check(commands)
    _add_devices(commands)
    add_health(commands, root=_ROOT)
    add_pairing(commands)
    add_tls(commands)
    add_catalogue(commands, root=_ROOT)
    add_journal(commands)
    _add_trace(commands)
    _add_decode(commands)
    _add_schema(commands)
    return parser


def _add_run(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = add(
        commands,
        "run",
        "serving:run",
        "run the daemon until SIGTERM or SIGINT.\n\n"
        "systemd is told when the journal and the API are up. What happens is logged to stderr.",
    )
    add_configuration(parser)
    parser.add_argument(
        "--log-level",
        choices=("debug", "info", "warning", "error"),
        default="info",
        help="what is logged at least (default: %(default)s)",
    )


def _add_check(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = add(
        commands,
        "check",
        "checking:check",
        "report all mistakes of the configuration at once.\n\n"
        "Each line begins with the place in the TOML. Nothing is opened and nothing is changed;\n"
        "credentials are looked for where $CREDENTIALS_DIRECTORY is set.",
    )
    add_configuration(parser)
    add_json(parser)


def _add_devices(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = add(
        commands,
        "devices",
        "devices:show",
        "show the configured devices and how they are.\n\n"
        "Asks the running daemon; a device is never opened from here, since it has one owner.\n"
        "When no daemon runs, the configured devices are listed and the exit code is 1.",
        epilog=_ROOT,
    )
    add_configuration(parser)
    add_json(parser)
    _add_discover(parser.add_subparsers(metavar="ACTION"))


def _add_discover(actions: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = add(
        actions,
        "discover",
        "discovering:discover",
        "look for devices that could be configured, and propose their tables.\n\n"
        "Looks at the serial ports, at USB, and at the printers that tell the network where they\n"
        "are. No device is opened and nothing is sent to any. The tables go to stdout, so that\n"
        "`edge-daemon devices discover > found.toml` keeps them; nothing is changed.",
    )
    add_configuration(parser)
    add_json(parser)
    parser.add_argument(
        "--seconds",
        type=float,
        default=3.0,
        metavar="N",
        help="how long to listen to the network (default: %(default)s)",
    )
    parser.add_argument(
        "--probe",
        action="store_true",
        help="try the ports of printers and terminals at every address of the shop's own networks:"
        " half a minute at most",
    )


def _add_trace(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    trace = add(
        commands,
        "trace",
        None,
        "record what goes over a device's wire, for support. Card data is taken out.",
    )
    families = trace.add_subparsers(metavar="FAMILY", required=True)
    parser = add(
        families,
        "payment-terminal",
        "tracing:payment_terminal",
        "record every message between the till and its payment terminal.\n\n"
        "The running daemon is asked; nothing is stopped. Make the payment that goes wrong while\n"
        "it records, and send the file to support: it holds no card data, and can be played back\n"
        "as a terminal that says the same again. Ctrl-C ends early and keeps what came.",
        epilog=_ROOT,
    )
    parser.add_argument(
        "name", metavar="NAME", nargs="?", help="the terminal; needed where there are several"
    )
    parser.add_argument(
        "--seconds", type=float, default=60.0, metavar="N", help="how long (default: 60)"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="a file that is not there yet (default: trace-NAME-TIME.jsonl)",
    )
    add_configuration(parser)


def _add_decode(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    decode = add(
        commands,
        "decode",
        None,
        "say in words what bytes mean. Card data is never shown.",
    )
    formats = decode.add_subparsers(metavar="FORMAT", required=True)
    zvt = add(
        formats,
        "zvt",
        "decoding:zvt",
        "payment terminals: ZVT over TCP or serial.\n\nOne APDU or several, bare or framed.",
    )
    zvt.add_argument(
        "hex", metavar="HEX", nargs="+", help="hexadecimal, spaces and colons allowed; - is stdin"
    )
    escpos = add(
        formats,
        "escpos",
        "decoding:escpos",
        "receipt printers: ESC/POS as it is sent to them.",
    )
    escpos.add_argument("file", metavar="FILE", help="the bytes; - is stdin")
    for parser in (zvt, escpos, *_text_formats(formats)):
        add_json(parser)


def _text_formats(
    formats: "_SubParsersAction[argparse.ArgumentParser]",
) -> list[argparse.ArgumentParser]:
    """The terminals whose messages are files of text."""
    parsers = []
    for name, words in (
        ("nexo", "payment terminals: nexo in JSON.\n\nOne message, or one in each line."),
        ("opi", "payment terminals: OPI.\n\nOne XML document, or several in frames."),
        ("caisse-ap", "payment terminals: Caisse-AP over IP.\n\nOne message."),
    ):
        parser = add(formats, name, "decoding:terminal_file", words)
        parser.add_argument("file", metavar="FILE", help="the message; - is stdin")
        parser.set_defaults(format=name)
        parsers.append(parser)
    return parsers


def _add_schema(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = add(
        commands,
        "schema",
        "schema:show",
        "describe the journal's entries and the messages, for programs.\n\n"
        "JSON Schema (draft 2020-12), made from the code that writes the entries.",
    )
    parser.add_argument(
        "--asyncapi",
        action="store_true",
        help="the MQTT topics instead, as AsyncAPI 3 in YAML",
    )
