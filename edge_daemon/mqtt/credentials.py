"""Secrets that systemd hands over: files that only this service can read.

Source: systemd.exec(5), LoadCredential= and $CREDENTIALS_DIRECTORY.
"""

import os
import pathlib
from typing import Annotated

import msgspec

from edge_daemon.mqtt.errors import BrokerRefusedError

VARIABLE = "CREDENTIALS_DIRECTORY"

CredentialName = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]+\Z")]


def credential_path(name: str, what: str) -> pathlib.Path:
    """Where the credential is; it may still be missing there.

    Args:
        name: The credential's.
        what: It holds, for the message, such as `password`.

    Raises:
        BrokerRefusedError: Nobody has handed any credentials over.
    """
    directory = os.environ.get(VARIABLE)
    if not directory:
        raise BrokerRefusedError(
            f"The broker's {what} is the credential {name}, which systemd hands over, and"
            f" ${VARIABLE} is not set. Start the daemon as its service."
        )
    return pathlib.Path(directory, name)
