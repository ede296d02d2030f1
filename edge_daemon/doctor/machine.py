"""The machine itself: its disk, its clock, its heat, its power supply."""

import os
import pathlib
from collections.abc import Iterator

from edge_daemon.clock import ClockState
from edge_daemon.doctor.checks import Check, absent, bad, care, good
from edge_daemon.machine import HOT_CELSIUS, LOW_DISK_BYTES, Machine, look

GIGABYTE = 1_000_000_000
POWER = "Use the official power supply with its own cable, and no hub without one of its own."


def machine_checks(
    directory: pathlib.Path, clock: ClockState, root: pathlib.Path
) -> Iterator[Check]:
    """Look at the machine on which the state directory is."""
    yield _state_directory(directory)
    there = next(each for each in (directory, *directory.parents) if each.exists())
    machine = look(there, root)
    yield _disk(machine)
    yield _clock(clock)
    yield _temperature(machine)
    yield _power(machine)


def _state_directory(directory: pathlib.Path) -> Check:
    name = "state directory"
    try:
        status = directory.stat()
    except FileNotFoundError:
        return care(
            name, f"{directory} is not there yet.", "The daemon's first start makes it: start it."
        )
    except OSError as error:
        return bad(
            name,
            f"{directory} cannot be looked at: {error.strerror}.",
            "Run this as root, or as the daemon's user.",
        )
    if status.st_mode & 0o077:
        return care(
            name,
            f"Others than the daemon can look into {directory}, where the shop's books are.",
            f"sudo chmod 700 {directory}",
        )
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        return absent(name, f"{directory} is not yours to write; that the daemon can is not known.")
    return good(name, f"{directory} can be read and written.")


def _disk(machine: Machine) -> Check:
    free, size = machine.disk_free / GIGABYTE, machine.disk_size / GIGABYTE
    found = f"{free:.1f} of {size:.1f} GB are free."
    if machine.disk_free < LOW_DISK_BYTES:
        mend = "Make room (sudo journalctl --vacuum-size=100M; sudo apt clean), or a larger card."
        return bad("disk", found, mend)
    return good("disk", found)


def _clock(state: ClockState) -> Check:
    if state is ClockState.SYNCED:
        return good("clock", "A time service keeps it right.")
    if state is ClockState.CONFIRMED:
        return good("clock", "No time service keeps it; a person has confirmed the date.")
    return care(
        "clock",
        "No time service keeps it in step, so dates may be wrong after a power cut.",
        "sudo timedatectl set-ntp true; timedatectl timesync-status says more. Without a network,"
        " confirm the date at the till.",
    )


def _temperature(machine: Machine) -> Check:
    if machine.temperature is None:
        return absent("temperature", "This machine does not measure it.")
    found = f"{machine.temperature:.0f} °C."
    if machine.temperature >= HOT_CELSIUS:
        return care("temperature", found, "Give it air: it slows itself down at this heat.")
    return good("temperature", found)


def _power(machine: Machine) -> Check:
    name = "power supply"
    if machine.under_voltage is None:
        return absent(name, "This machine does not measure it; a Raspberry Pi does.")
    if machine.under_voltage:
        return bad(name, "Too weak at this moment.", POWER)
    if machine.under_voltage_since_boot:
        return care(name, "Good now, and too weak at some time since the start.", POWER)
    return good(name, "Strong enough.")
