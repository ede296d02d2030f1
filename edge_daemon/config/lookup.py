"""Finding the device that a request means."""

from edge_daemon.config.tables import Configuration, Workstation
from edge_daemon.errors import InvalidRequestError

FAMILY_WORDS = {
    "pos_printer": "receipt printer",
    "cash_drawer": "cash drawer",
    "payment_terminal": "payment terminal",
    "scanner": "scanner",
    "scale": "scale",
    "line_display": "customer display",
    "card_reader": "card reader",
}
"""The families as a clerk calls them."""


def device_of(workstation: Workstation, family: str) -> str:
    """The name of the workstation's device of that family.

    Raises:
        InvalidRequestError: It has none.
    """
    name: str | None = getattr(workstation, family)
    if name is None:
        raise InvalidRequestError(
            f"The workstation {workstation.name} has no {FAMILY_WORDS[family]}.", "$.workstation"
        )
    return name


def device_meant(
    configuration: Configuration, family: str, *, device: str | None, workstation: str | None
) -> str:
    """The device that a request means: the one it names, or its workstation's.

    Raises:
        NotFoundError: There is no such device or workstation.
        InvalidRequestError: It names neither, or the workstation has no such device.
    """
    if device is not None:
        return configuration.device(device, family).name
    if workstation is None:
        raise InvalidRequestError(
            f"Name a workstation, or a {FAMILY_WORDS[family]}.", "$.workstation"
        )
    return device_of(configuration.workstation(workstation), family)
