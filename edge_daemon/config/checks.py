"""What the tables say about each other: names that exist, once, of the right family.

Each check yields mistakes, as lines that begin with their path, and never raises.
"""

import itertools
import zoneinfo
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from edge_daemon.config.credentials import VARIABLE, credentials_directory
from edge_daemon.config.references import Reference
from edge_daemon.config.tables import LOOPBACK, TaxCode, Workstation
from edge_daemon.config.wording import nearest, unknown


def check_time_zone(name: str, path: str) -> Iterator[str]:
    """The time zone exists on this machine."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        guess = nearest(name, zoneinfo.available_timezones())
        yield f'{path}: there is no time zone "{name}".{guess}'


def check_secret(table: Mapping[str, object], key: str, path: str) -> Iterator[str]:
    """A secret is here, or named as a credential that systemd has handed over; never both."""
    credential = table.get(f"{key}_credential")
    if key in table and credential is not None:
        yield f"{path}: expected {key} or {key}_credential, and not both."
    if isinstance(credential, str):
        yield from check_credential(credential, f"{path}.{key}_credential")


def check_credential(name: str, path: str) -> Iterator[str]:
    """Under systemd, the credential has been handed over; elsewhere nobody can tell."""
    directory = credentials_directory()
    if directory is not None and not (directory / name).is_file():
        yield (
            f'{path}: there is no credential "{name}" in ${VARIABLE}. '
            f"Add LoadCredential={name}:PATH to the service."
        )


def check_client_key(table: Mapping[str, object], path: str) -> Iterator[str]:
    """The key of our certificate is in one place, and there is a certificate that it belongs to."""
    if "key_file" in table and "key_credential" in table:
        yield f"{path}: expected either key_file or key_credential, and not both."
    if "cert_file" not in table and ("key_file" in table or "key_credential" in table):
        yield f"{path}.cert_file: missing. A key needs its certificate."
    credential = table.get("key_credential")
    if isinstance(credential, str):
        yield from check_credential(credential, f"{path}.key_credential")


def check_api(table: Mapping[str, object]) -> Iterator[str]:
    """Plain HTTP stays on this machine, unless somebody has said otherwise in so many words."""
    host = table.get("host", "127.0.0.1")
    on_the_network = table.get("plain_http_on_the_network") is True
    if isinstance(host, str) and not on_the_network and LOOPBACK.fullmatch(host) is None:
        yield (
            f'api.host: expected a loopback address (127.0.0.1, ::1 or localhost), not "{host}":'
            " this door speaks plain HTTP. For registers on the network add [api.tls]."
        )
    tls = table.get("tls")
    if isinstance(tls, dict) and ("certificate_file" in tls) != ("key_file" in tls):
        yield "api.tls: expected certificate_file and key_file, or neither of them."


def check_unique(declared: Iterable[tuple[str, str, str]], what: str) -> Iterator[str]:
    """Each name once; `declared` are where, name and list."""
    places: dict[str, list[str]] = {}
    for where, name, _ in declared:
        places.setdefault(name, []).append(where)
    for name, found in places.items():
        if len(found) > 1:
            yield (
                f'{", ".join(found)}: {len(found)} {what} are called "{name}". '
                "Give each a name of its own."
            )


def check_tax_codes(tax_codes: Sequence[TaxCode]) -> Iterator[str]:
    """No day on which a code has two rates, or that ends before it begins."""
    for one in tax_codes:
        if one.valid_from and one.valid_to and one.valid_to < one.valid_from:
            yield f"tax_code.{one.code}.valid_to: {one.valid_to} is before valid_from."
    for one, other in itertools.combinations(tax_codes, 2):
        if one.code == other.code and _overlap(one, other):
            yield (
                f"tax_code.{one.code}: two rates ({one.description}, {other.description}) apply "
                "on the same day. Set valid_to of the first and valid_from of the second."
            )


def check_workstation(workstation: Workstation, families: Mapping[str, str]) -> Iterator[str]:
    """Its devices exist, and are what they should be; `families` are by device name."""
    for field in msgspec.structs.fields(workstation):
        name = getattr(workstation, field.name)
        if field.name != "name" and name is not None:
            path = f"workstation.{workstation.name}.{field.encode_name}"
            yield from _check_device_name(name, field.name, path, families)


def check_references(
    references: Iterable[Reference], path: str, families: Mapping[str, str]
) -> Iterator[str]:
    """The devices that a device needs exist, and are what they should be."""
    for reference in references:
        where = f"{path}.{reference.key}"
        yield from _check_device_name(reference.name, reference.family, where, families)


def _check_device_name(
    name: str, family: str, path: str, families: Mapping[str, str]
) -> Iterator[str]:
    found = families.get(name)
    if found is None:
        known = [other for other, its_family in families.items() if its_family == family]
        yield f"{path}: {unknown(family, name, known)}"
    elif found != family:
        yield f'{path}: "{name}" is a {found}. Expected a {family}.'


def _overlap(one: TaxCode, other: TaxCode) -> bool:
    begins = max(filter(None, (one.valid_from, other.valid_from)), default=None)
    ends = min(filter(None, (one.valid_to, other.valid_to)), default=None)
    return begins is None or ends is None or begins <= ends
