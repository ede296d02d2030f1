"""`edge-daemon tls`: the certificate by which registers recognise this box."""

import argparse

from edge_daemon.app.network_door import certificate_source
from edge_daemon.certificates import BoxCertificate, facts
from edge_daemon.cli.output import console, plain, print_json
from edge_daemon.clock import SystemClock
from edge_daemon.config import Configuration, TlsSettings, load_configuration

_TABLE = """
Then let the box listen on the shop's network: add this to {path}, and restart it.

[api.tls]
"""


def init(options: argparse.Namespace) -> int:
    """Make the authority and the certificate, where they are missing, and say what to do next.

    Raises:
        EdgeError: They cannot be made.
    """
    configuration = load_configuration(options.config)
    _show(configuration, options)
    if not options.json and configuration.api.tls is None:
        console().print(plain(_TABLE.format(path=options.config).rstrip()))
    return 0


def show(options: argparse.Namespace) -> int:
    """Show the certificate in use.

    Raises:
        EdgeError: There is none that can be used.
    """
    _show(load_configuration(options.config), options)
    return 0


def _show(configuration: Configuration, options: argparse.Namespace) -> None:
    settings = configuration.api.tls or TlsSettings()
    source = certificate_source(configuration, settings)
    certificate = BoxCertificate(source, SystemClock(configuration.edge.time_zone).now_us)
    certificate.open()
    authority = certificate.authority
    known = facts((source.certificate_file or source.folder / "box.pem").read_bytes())
    url = f"https://{configuration.local_name}:{settings.port}"
    told = {
        "url": url,
        "names": sorted(known.names),
        "addresses": sorted(map(str, known.addresses)),
        "not_after": known.not_after.isoformat(),
        "fingerprint": known.fingerprint,
        "authority_fingerprint": facts(authority).fingerprint if authority else None,
    }
    if options.json:
        print_json(told)
        return
    paper = console()
    paper.print(plain(f"The box is {url}, also {', '.join(known.names)}"))
    paper.print(plain(f"Its addresses: {', '.join(sorted(map(str, known.addresses)))}"))
    paper.print(plain(f"Its certificate is good until {known.not_after:%Y-%m-%d}."))
    if authority:
        paper.print(plain(f"Let each tablet trust its authority, once: open {url}/trust"))
        paper.print(plain(f"and compare: {told['authority_fingerprint']}", "bold"))
