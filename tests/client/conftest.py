from tests.edge_daemon.conftest import bare_daemon, clock

__all__ = ["bare_daemon", "clock"]
