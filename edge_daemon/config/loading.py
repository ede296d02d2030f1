"""The file, read in steps: TOML, the tables, the devices, and what they say about each other.

Each step adds its mistakes to one list and leaves out what was wrong; only at the end anybody is
told. So a wrong port does not hide a wrong name three tables further down.
"""

import graphlib
import hashlib
import pathlib
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from drivers.settings import FAMILIES
from edge_daemon.config.card_rules import KEYS, CardRule, check_card_rules
from edge_daemon.config.checks import (
    check_api,
    check_client_key,
    check_credential,
    check_references,
    check_secret,
    check_tax_codes,
    check_time_zone,
    check_unique,
    check_workstation,
)
from edge_daemon.config.code_patterns import CodePatternRow, check_code_patterns
from edge_daemon.config.conversion import WRONG, Wrong, convert
from edge_daemon.config.doors import Door, DoorsSettings, check_doors, check_listening
from edge_daemon.config.drivers import DriverNotUsableError, import_driver
from edge_daemon.config.references import opening_order, references
from edge_daemon.config.selling import ForeignCurrency, SalesSettings
from edge_daemon.config.table import Name
from edge_daemon.config.tables import (
    ApiSettings,
    Configuration,
    DeviceConfig,
    EdgeSettings,
    OperatorSettings,
    Role,
    ShopSettings,
    StockSettings,
    TaxCode,
    TillSettings,
    Workstation,
)
from edge_daemon.config.wording import label, nearest
from edge_daemon.errors import ConfigError

Value = TypeVar("Value")
Json = dict[str, Any]

_TABLES = (
    "edge",
    "api",
    "relay",
    "shop",
    "till",
    "sales",
    "foreign_currency",
    "operators",
    "role",
    "stock",
    "tax_code",
    "workstation",
    "code_pattern",
    "card_rule",
    "doors",
    "door",
    *FAMILIES,
)


class _DeviceHead(msgspec.Struct, frozen=True):
    """What every device's table has before its driver's own keys."""

    name: Name
    driver: str


def load_configuration(path: pathlib.Path) -> Configuration:
    """Read and check the whole file.

    Raises:
        ConfigError: It has mistakes; all of them, each with its TOML path.
    """
    try:
        data = path.read_bytes()
        raw = tomllib.loads(data.decode())
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}."]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: is not TOML: {error}."]) from error
    mistakes: list[str] = []
    parts = _read_parts(raw, mistakes)
    if mistakes:
        raise ConfigError(mistakes)
    return Configuration(hash=hashlib.sha256(data).hexdigest(), **parts)


def _read_parts(raw: Json, mistakes: list[str]) -> Json:
    mistakes += _unknown_tables(raw)
    edge, api, shop = (
        _read_table(raw, key, kind, mistakes)
        for key, kind in (("edge", EdgeSettings), ("api", ApiSettings), ("shop", ShopSettings))
    )
    parts = {
        "edge": edge,
        "api": api,
        "shop": shop,
        "till": _read_table({"till": {}, **raw}, "till", TillSettings, mistakes),
        "operators": _read_table({"operators": {}, **raw}, "operators", OperatorSettings, mistakes),
        "stock": _read_table({"stock": {}, **raw}, "stock", StockSettings, mistakes),
        "roles": _read_list(raw, "role", Role, mistakes),
        "relay": _read_relay(raw, mistakes),
        "sales": _read_table({"sales": {}, **raw}, "sales", SalesSettings, mistakes),
        "foreign_currencies": _read_list(raw, "foreign_currency", ForeignCurrency, mistakes),
        "tax_codes": _read_list(raw, "tax_code", TaxCode, mistakes),
        "workstations": _read_list(raw, "workstation", Workstation, mistakes),
        "code_patterns": _read_list(raw, "code_pattern", CodePatternRow, mistakes),
        "card_rules": _read_list(raw, "card_rule", CardRule, mistakes),
        "doors": _read_doors(raw, mistakes),
        "door": _read_list(raw, "door", Door, mistakes),
    }
    devices = _read_devices(raw, mistakes)
    mistakes += _check_together(raw, parts, devices)
    return {**parts, "devices": _in_opening_order(devices, mistakes)}


def _unknown_tables(raw: Json) -> Iterator[str]:
    for key in raw:
        if key not in _TABLES:
            yield f"{key}: there is no such table.{nearest(key, _TABLES)}"


def _read_table(raw: Json, key: str, kind: type[Value], mistakes: list[str]) -> Value | Wrong:
    if key not in raw:
        mistakes.append(f"{key}: missing. Expected a table [{key}].")
        return WRONG
    value: Value | Wrong = convert(raw[key], kind, key, mistakes)
    return value


def _read_relay(raw: Json, mistakes: list[str]) -> object:
    if "relay" not in raw:
        return None
    from edge_daemon.mqtt import RelaySettings  # noqa: PLC0415 - paho only where it is configured

    return _read_table(raw, "relay", RelaySettings, mistakes)


def _read_doors(raw: Json, mistakes: list[str]) -> DoorsSettings | Wrong | None:
    """Where doors listen: as written, or by default where there is a door; else nowhere."""
    if "doors" in raw:
        return _read_table(raw, "doors", DoorsSettings, mistakes)
    return DoorsSettings() if raw.get("door") else None


def _read_list(raw: Json, key: str, kind: type[Value], mistakes: list[str]) -> tuple[Value, ...]:
    """The tables of one list; those with mistakes are left out."""
    found = [
        convert(table, kind, key + label(table, position), mistakes)
        for position, table in enumerate(_raw_list(raw, key, mistakes))
    ]
    return tuple(value for value in found if value is not WRONG)


def _raw_list(raw: Json, key: str, mistakes: list[str]) -> list[object]:
    value = raw.get(key, [])
    if isinstance(value, list):
        return value
    mistakes.append(f"{key}: expected a list of tables. Write [[{key}]].")
    return []


# --- devices --------------------------------------------------------------------------------


def _read_devices(raw: Json, mistakes: list[str]) -> tuple[DeviceConfig, ...]:
    found = []
    for family in FAMILIES:
        for position, table in enumerate(_raw_list(raw, family, mistakes)):
            device = _read_device(table, family, family + label(table, position), mistakes)
            if device is not None:
                found.append(device)
    return tuple(found)


def _read_device(table: object, family: str, path: str, mistakes: list[str]) -> DeviceConfig | None:
    head = convert(table, _DeviceHead, path, mistakes)
    driver = table.get("driver") if isinstance(table, dict) else None
    if not isinstance(table, dict) or not isinstance(driver, str):
        return None
    try:
        kind = import_driver(family, driver).Settings
    except DriverNotUsableError as error:
        mistakes.append(f"{path}.driver: {error}")
        return None
    own = {key: value for key, value in table.items() if key not in ("name", "driver")}
    settings = convert(own, kind, path, mistakes)
    if WRONG in (head, settings):
        return None
    needs = tuple(dict.fromkeys(reference.name for reference in references(settings)))
    return DeviceConfig(
        name=head.name, family=family, driver=driver, settings=settings, depends_on=needs
    )


def _declared_names(raw: Json, lists: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Where, name and list of every table that has a name, whatever else is wrong with it."""
    for key in lists:
        for position, table in enumerate(_raw_list(raw, key, [])):
            match table:
                case {"name": str(name)}:
                    yield f"{key}[{position}]", name, key


# --- together -------------------------------------------------------------------------------


def _check_together(raw: Json, parts: Json, devices: Sequence[DeviceConfig]) -> Iterator[str]:
    match raw:
        case {"edge": {"time_zone": str(time_zone)}}:
            yield from check_time_zone(time_zone, "edge.time_zone")
    match raw:
        case {"api": dict(api)}:
            yield from check_secret(api, "token", "api")
            yield from check_api(api)
    match raw:
        case {"relay": {"password_credential": str(credential)}}:
            yield from check_credential(credential, "relay.password_credential")
    match raw:
        case {"relay": {"tls": dict(tls)}}:
            yield from check_client_key(tls, "relay.tls")
    yield from check_tax_codes(parts["tax_codes"])
    yield from check_code_patterns(parts["code_patterns"])
    yield from check_unique(_declared_names(raw, ["workstation"]), "workstations")
    yield from check_unique(_declared_names(raw, ["role"]), "roles")
    yield from check_unique(_declared_names(raw, FAMILIES), "devices")
    families = {name: family for _, name, family in _declared_names(raw, FAMILIES)}
    workstations: tuple[Workstation, ...] = parts["workstations"]
    for workstation in workstations:
        yield from check_workstation(workstation, families)
    yield from check_unique(_declared_names(raw, ["door"]), "doors")
    settings = parts["doors"]
    if isinstance(settings, DoorsSettings):
        yield from check_listening(settings, certificate="tls" in raw.get("api", {}))
    names = [each.name for each in workstations]
    yield from check_doors(parts["door"], names, families)
    yield from _check_card_rules(raw, parts["card_rules"], families)
    for device in devices:
        path = f"{device.family}.{device.name}"
        yield from check_references(references(device.settings), path, families)


def _check_card_rules(
    raw: Json, rules: Sequence[CardRule], families: Mapping[str, str]
) -> Iterator[str]:
    yield from check_unique(_declared_names(raw, ["card_rule"]), "card rules")
    yield from check_card_rules(rules, families)
    for position, table in enumerate(_raw_list(raw, "card_rule", [])):
        if isinstance(table, dict):
            for key in KEYS:
                yield from check_secret(table, key, "card_rule" + label(table, position))


def _in_opening_order(
    devices: Sequence[DeviceConfig], mistakes: list[str]
) -> tuple[DeviceConfig, ...]:
    """Each device behind those that it needs."""
    try:
        order = opening_order({device.name: device.depends_on for device in devices})
    except graphlib.CycleError as error:
        circle: list[str] = error.args[1]
        first = next(device for device in devices if device.name == circle[0])
        needs = " needs ".join(f'"{name}"' for name in circle)
        mistakes.append(f"{first.family}.{first.name}: {needs}. None of them can be opened.")
        return ()
    return tuple(sorted(devices, key=lambda device: order.index(device.name)))
