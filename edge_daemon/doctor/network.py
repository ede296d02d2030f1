"""The ways out: the broker, and the certificate by which tablets know the box."""

import datetime as dt
import pathlib
from collections.abc import Iterator

from edge_daemon.certificates import facts
from edge_daemon.certificates.box import FOLDER, WARN_DAYS
from edge_daemon.clock import Clock
from edge_daemon.config import Configuration
from edge_daemon.doctor.checks import Check, absent, bad, care, good


def network_checks(configuration: Configuration, clock: Clock) -> Iterator[Check]:
    """Look at the broker and the certificates."""
    relay = configuration.relay
    if relay is None:
        yield absent("broker", "No [relay] is configured: nothing goes to a central office.")
    else:
        from edge_daemon.doctor.broker import check_broker  # noqa: PLC0415 - paho where it is used

        yield check_broker(relay, configuration.edge.id)
    yield _certificate(configuration, clock)


def _certificate(configuration: Configuration, clock: Clock) -> Check:
    name, tls = "certificate", configuration.api.tls
    if tls is None:
        return absent(name, "No [api.tls] is configured: registers on the network cannot connect.")
    own = tls.certificate_file is None
    path = pathlib.Path(tls.certificate_file or configuration.state_directory / FOLDER / "box.pem")
    renew = "It is renewed by itself while the daemon runs: start the daemon."
    mend = renew if own else f"Put a new certificate into {path}; it is read without a restart."
    try:
        known = facts(path.read_bytes())
    except FileNotFoundError:
        return bad(name, f"{path} is missing.", "edge-daemon tls init" if own else mend)
    except (OSError, ValueError) as error:
        return bad(name, f"{path} cannot be read: {error}.", "Run this as root, or " + mend)
    now = dt.datetime.fromtimestamp(clock.now_us() // 1_000_000, dt.UTC)
    found = f"Good until {known.not_after:%Y-%m-%d}."
    if known.not_after <= now:
        return bad(name, f"It ended on {known.not_after:%Y-%m-%d}.", mend)
    if known.not_after - now < dt.timedelta(days=WARN_DAYS):
        return care(name, found, mend)
    return good(name, found)
