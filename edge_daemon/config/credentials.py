"""Secrets that systemd hands over: files in a directory that only this service can read.

Source: systemd.exec(5), LoadCredential= and $CREDENTIALS_DIRECTORY.
"""

import os
import pathlib

from edge_daemon.errors import ConfigError

VARIABLE = "CREDENTIALS_DIRECTORY"


def credentials_directory() -> pathlib.Path | None:
    """Where this service's credentials are, or None outside of systemd."""
    directory = os.environ.get(VARIABLE)
    return pathlib.Path(directory) if directory else None


def read_credential(name: str) -> str:
    """Read a secret, without the line's end that editors leave behind it.

    Raises:
        ConfigError: It is not there, or empty; the message says what to add to the unit.
    """
    directory = credentials_directory()
    if directory is None:
        message = (
            f"The credential {name} is handed over by systemd, and ${VARIABLE} is not set. "
            f"Start the daemon as its service, or set it to a directory with a file {name}."
        )
        raise ConfigError([message])
    try:
        secret = (directory / name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            [f"The credential {name} cannot be read ({error}). Add LoadCredential={name}:PATH."]
        ) from error
    if not secret:
        raise ConfigError([f"The credential {name} is empty."])
    return secret
