"""What the machine says about itself: its disk, its memory, its heat, its power supply.

Everything is read from files of the kernel, which costs microseconds. What a machine does not tell
is None: only a Raspberry Pi knows of its power supply, and a locked-down service sees less of
`/proc`.

Source: proc(5); Linux, Documentation/admin-guide/hwmon and thermal; Raspberry Pi documentation,
`vcgencmd get_throttled`.
"""

import os
import pathlib
import re
import shutil

import msgspec

ROOT = pathlib.Path("/")
LOW_DISK_BYTES = 512 * 1024 * 1024
"""Less free room than this needs a hand: a busy shop's journal grows by 2 MiB a day."""
HOT_CELSIUS = 80.0
"""A Pi slows itself down from here on."""

_THERMAL = "sys/class/thermal/thermal_zone0/temp"
_FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
_HWMON = "sys/class/hwmon"
_PI_VOLTAGE = "rpi_volt"
_UNDER_VOLTAGE_NOW, _UNDER_VOLTAGE_SINCE_BOOT = 1 << 0, 1 << 16
"""Bits of `get_throttled`."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """One look at the machine. Sizes in bytes.

    Attributes:
        disk_free, disk_size: Of the file system on which the journal is.
        memory: What the process holds (resident).
        memory_available: What all programs together can still have; None where it is hidden.
        temperature: Of the processor, degrees Celsius; None where nothing measures it.
        under_voltage: The power supply is too weak at this moment; None where nothing measures it.
        under_voltage_since_boot: It was, since the machine started.
    """

    disk_free: int
    disk_size: int
    memory: int
    memory_available: int | None = None
    temperature: float | None = None
    under_voltage: bool | None = None
    under_voltage_since_boot: bool | None = None


def look(directory: pathlib.Path, root: pathlib.Path = ROOT) -> Machine:
    """Look at the machine.

    Args:
        directory: On the file system whose room counts.
        root: Where `/proc` and `/sys` are.

    Raises:
        OSError: There is no such directory.
    """
    disk = shutil.disk_usage(directory)
    now, since_boot = _power(root)
    return Machine(
        disk_free=disk.free,
        disk_size=disk.total,
        memory=_memory(root),
        memory_available=_memory_available(root),
        temperature=_temperature(root),
        under_voltage=now,
        under_voltage_since_boot=since_boot,
    )


def _memory(root: pathlib.Path) -> int:
    pages = _read(root / "proc/self/statm").split()
    return int(pages[1]) * os.sysconf("SC_PAGE_SIZE") if len(pages) > 1 else 0


def _memory_available(root: pathlib.Path) -> int | None:
    found = re.search(r"MemAvailable:\s+(\d+) kB", _read(root / "proc/meminfo"))
    return int(found[1]) * 1024 if found else None


def _temperature(root: pathlib.Path) -> float | None:
    text = _read(root / _THERMAL).strip()
    return int(text) / 1000 if re.fullmatch(r"-?\d+", text) else None


def _power(root: pathlib.Path) -> tuple[bool | None, bool | None]:
    """Whether the supply is too weak now, and whether it was since boot."""
    flags = _read(root / _FIRMWARE).strip()
    if re.fullmatch(r"(0x)?[0-9a-fA-F]+", flags):
        bits = int(flags, 16)
        return bool(bits & _UNDER_VOLTAGE_NOW), bool(bits & _UNDER_VOLTAGE_SINCE_BOOT)
    for monitor in sorted((root / _HWMON).glob("hwmon*")):
        if _read(monitor / "name").strip() == _PI_VOLTAGE:
            return _read(monitor / "in0_lcrit_alarm").strip() == "1", None
    return None, None


def _read(path: pathlib.Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
