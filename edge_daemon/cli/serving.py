"""`edge-daemon run`."""

import argparse
import gc
import logging

from edge_daemon.config import load_configuration
from edge_daemon.logs import start_logging


def run(options: argparse.Namespace) -> int:
    """Run the daemon until it is told to stop.

    Raises:
        EdgeError: It could not start, or its journal failed.
    """
    start_logging(logging.getLevelNamesMapping()[options.log_level.upper()])
    gc.disable()  # until the daemon is ready: see `edge_daemon.app.memory`
    try:
        configuration = load_configuration(options.config)
        from edge_daemon import app  # noqa: PLC0415 - mistakes are told before the wiring is paid

        app.run(configuration)
    finally:
        gc.enable()
    return 0
