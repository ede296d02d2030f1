"""Finding what a request names in the configuration."""

from edge_daemon.config.tables import Configuration, Workstation
from edge_daemon.errors import InvalidRequestError, NotFoundError

FAMILY_WORDS = {
    "pos_printer": "receipt printer",
    "cash_drawer": "cash drawer",
    "payment_terminal": "payment terminal",
    "scanner": "scanner",
}
"""The families as a clerk calls them."""


def workstation_named(configuration: Configuration, name: str) -> Workstation:
    """The workstation of that name.

    Raises:
        NotFoundError: There is none; the message lists those that are configured.
    """
    found = configuration.workstation(name)
    if found is None:
        known = ", ".join(one.name for one in configuration.workstations) or "none"
        raise NotFoundError(f"There is no workstation {name!r}. Configured: {known}.")
    return found


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
        known = [one.name for one in configuration.devices if one.family == family]
        if device not in known:
            words = FAMILY_WORDS[family]
            raise NotFoundError(
                f"There is no {words} {device!r}. Configured: {', '.join(known) or 'none'}."
            )
        return device
    if workstation is None:
        raise InvalidRequestError(
            f"Name a workstation, or a {FAMILY_WORDS[family]}.", "$.workstation"
        )
    return device_of(workstation_named(configuration, workstation), family)
