"""The configuration of the shop's daemon."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from simulators.configuration import WORKSTATION, configuration
from simulators.control import Simulator

__all__ = ["EDGE_ID", "LANGUAGES", "OPERATOR_ID", "WORKSTATION", "Wiring", "write"]

EDGE_ID = "demo-1"
ORGANIZATION = "demo"
STORE = "8712345000004"
OPERATOR_ID = "op-17"

_CONFIGURATION = """\
# Written at each start of the shop.

[edge]
id = {edge_id}
organization = "{organization}"
store = "{store}"
state_directory = {state_directory}

[api]
port = {api_port}
allowed_origins = {origins}
{token}
[shop]
name = "De Hoekwinkel"
address = ["Dorpsstraat 1", "1234 AB Ons Dorp"]
kvk_number = "12345678"
vat_number = "NL123456789B01"
language = {language}
cash_rounding = 5
receipt_footer = [{footer}]

[[tax_code]]
code = "high"
rate_bp = 2100
description = "21%"

[[tax_code]]
code = "low"
rate_bp = 900
description = "9%"
{relay}
{devices}
{more}"""

_FOOTERS = {"nl": "Tot ziens!", "en": "See you soon!"}
LANGUAGES = tuple(_FOOTERS)


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """How the daemon is wired up.

    Attributes:
        state_directory: Where it keeps journal and state.
        language: Of the receipts.
        api_port: 0 takes a free one; it changes with each start then.
        origins: Pages that may call.
        token: One that is good from the start, without pairing.
        broker_port: On loopback; without one nothing is relayed.
        more: Tables to add, as TOML.
    """

    state_directory: Path
    language: str = "en"
    api_port: int = 0
    origins: tuple[str, ...] = ()
    token: str | None = None
    broker_port: int | None = None
    more: str = ""


def write(path: Path, simulators: Iterable[Simulator], wiring: Wiring) -> None:
    """Write the TOML that points the daemon at the simulators and the broker."""
    relay = "" if wiring.broker_port is None else f"\n[relay]\nport = {wiring.broker_port}\n"
    token = "" if wiring.token is None else f"token = {_quoted(wiring.token)}\n"
    text = _CONFIGURATION.format(
        edge_id=_quoted(EDGE_ID),
        organization=ORGANIZATION,
        store=STORE,
        state_directory=_quoted(str(wiring.state_directory)),
        api_port=wiring.api_port,
        origins=json.dumps(wiring.origins),
        token=token,
        language=_quoted(wiring.language),
        footer=_quoted(_FOOTERS[wiring.language]),
        relay=relay,
        devices=configuration(simulators),
        more=wiring.more,
    )
    path.write_text(text, "utf-8")


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are a part of TOML's."""
    return json.dumps(text, ensure_ascii=False)
