"""Wiring only: opens everything in one order and closes it in reverse."""

from edge_daemon.app.daemon import Daemon, opened, run

__all__ = ["Daemon", "opened", "run"]
