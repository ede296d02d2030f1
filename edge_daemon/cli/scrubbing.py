"""Taking secrets out of what leaves the box: by the names of keys, and by the secrets themselves.

What is searched for: values of keys whose name says that they are secret, also in comments and
inline tables of the TOML; those values again wherever else they stand; systemd's credentials; the
command line's own token; card data and tokens (`edge_daemon.logs.redact`).
"""

import contextlib
import json
import os
import pathlib
import re
import tomllib
from collections.abc import Iterator

from drivers.wire.redaction import redact_json
from edge_daemon.config.credentials import VARIABLE
from edge_daemon.config.local_door import read_local_door
from edge_daemon.errors import EdgeError
from edge_daemon.logs import redact

REMOVED = "[removed]"
SHORTEST = 6
"""Characters: a shorter secret would take innocent text with it, and is found by its key alone."""

_SECRET = re.compile(
    r"(?:^|[_-])(?:password|passphrase|token|secret|key|pin|credentials?)$", re.IGNORECASE
)
_LINE = re.compile(
    r"""(?P<key>["']?[\w-]+["']?)(?P<is>\s*=\s*)
        (?P<value>\"\"\".*?\"\"\"|'''.*?'''|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\d\S*)""",
    re.VERBOSE | re.DOTALL,
)
_PEM = re.compile(r"-----BEGIN [A-Z ]*KEY-----.*?-----END [A-Z ]*KEY-----", re.DOTALL)
_NAMES_ONLY = re.compile(r"_(?:credential|file)$", re.IGNORECASE)


class Scrubber:
    """Takes secrets out of texts."""

    def __init__(self, secrets: Iterator[str]) -> None:
        """Take what must not leave."""
        worth = {secret for secret in secrets if len(secret) >= SHORTEST and len(set(secret)) > 2}  # noqa: PLR2004 - of "000000" there is too much
        self._secrets = sorted(worth, key=len, reverse=True)

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, REMOVED)
        return redact(_PEM.sub(REMOVED, text))

    def clean_json(self, data: str | bytes) -> str:
        """JSON without secrets; numbers stay numbers, unless one is a card's."""
        return json.dumps(self._inside(redact_json(json.loads(data))), indent=1)

    def _inside(self, value: object) -> object:
        match value:
            case str():
                return self.clean(value)
            case dict():
                return {name: self._inside(inner) for name, inner in value.items()}
            case list():
                return [self._inside(inner) for inner in value]
        return value

    def clean_toml(self, text: str) -> str:
        """A configuration without secrets; its form and its comments stay."""
        return self.clean(_LINE.sub(_without_value, text))


def secrets_of(path: pathlib.Path, state_directory: pathlib.Path | None) -> Iterator[str]:
    """Every secret that this box knows where to find."""
    with contextlib.suppress(OSError, ValueError):  # else it is cleaned by its keys alone
        yield from _in_table(tomllib.loads(path.read_text(encoding="utf-8")))
    directory = os.environ.get(VARIABLE)
    for file in sorted(pathlib.Path(directory).glob("*")) if directory else ():
        yield file.read_text(encoding="utf-8", errors="replace").strip()
    if state_directory is not None:
        try:
            yield read_local_door(state_directory).token
        except (FileNotFoundError, EdgeError):
            return


def _in_table(value: object, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _in_table(inner, str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _in_table(inner, key)
    elif isinstance(value, str) and _is_secret(key):
        yield value


def _is_secret(key: str) -> bool:
    return _SECRET.search(key) is not None and _NAMES_ONLY.search(key) is None


def _without_value(match: re.Match[str]) -> str:
    if not _is_secret(match["key"].strip("\"'")):
        return match[0]
    return f'{match["key"]}{match["is"]}"{REMOVED}"'
