"""What devices need of the machine: files that can be opened, groups, rules, a running pcscd."""

import grp
import os
import pathlib
import stat
from collections.abc import Iterator

from drivers.wire.usb import UsbAddress, parse_address
from edge_daemon.config import DeviceConfig
from edge_daemon.doctor.checks import Check, absent, bad, care, good

GROUPS = {"dialout": "serial ports", "lp": "USB printers", "plugdev": "other USB devices"}
"""As the unit of systemd has them (`SupplementaryGroups=`)."""
GROUP_MAY = stat.S_IRGRP | stat.S_IWGRP
RULES = "etc/udev/rules.d/99-pos-edge.rules"
PCSCD = "run/pcscd/pcscd.comm"
PCSCD_POLICY = "usr/share/polkit-1/actions/org.debian.pcsc-lite.policy"
"""There where pcscd asks polkit whom to serve."""
PCSCD_RULES = "etc/polkit-1/rules.d/50-pos-edge-pcscd.rules"


def device_checks(devices: tuple[DeviceConfig, ...], root: pathlib.Path) -> Iterator[Check]:
    """Look at what stands between the daemon and each device's driver."""
    files = [(device.name, path) for device in devices if (path := _file(device, root))]
    for name, path in files:
        yield _device_file(name, path)
    yield from _groups()
    on_usb = [(device.name, address) for device in devices if (address := _usb(device))]
    for name, address in on_usb:
        yield _usb_device(name, address, root)
    if files or on_usb:
        yield _rules(root)
    yield _pcscd(devices, root)


def _file(device: DeviceConfig, root: pathlib.Path) -> pathlib.Path | None:
    """The file by which the device is opened; None where it is on a network."""
    url = getattr(device.settings, "url", None)
    if not isinstance(url, str) or not url.startswith("/"):
        return None
    return root / url.lstrip("/")


def _usb(device: DeviceConfig) -> UsbAddress | None:
    """The address of a device on a USB port of this machine."""
    text = getattr(device.settings, "usb", None)
    address = parse_address(text) if isinstance(text, str) else None
    return None if address is None or address.server else address


def _usb_device(device: str, address: UsbAddress, root: pathlib.Path) -> Check:
    nodes = list(_usb_nodes(address, root))
    if len(nodes) == 1:
        return _device_file(device, nodes[0])
    name = f"device {device}"
    if nodes:
        return bad(
            name,
            f"{len(nodes)} USB devices are {address}.",
            "Write which, with its serial number or its port: lsusb -v and lsusb -t show them.",
        )
    return bad(
        name,
        f"There is no USB device {address}.",
        "Plug it in and switch it on. lsusb shows what is plugged in; write vendor:product and the"
        " serial number as `usb` into the configuration.",
    )


def _usb_nodes(address: UsbAddress, root: pathlib.Path) -> Iterator[pathlib.Path]:
    """The files of the devices that the address may mean."""
    for folder in sorted((root / "sys/bus/usb/devices").glob("*-*")):
        if ":" in folder.name:
            continue  # an interface
        facts = {name: _fact(folder / name) for name in ("idVendor", "idProduct", "serial")}
        found = UsbAddress(
            int(facts["idVendor"] or "0", 16),
            int(facts["idProduct"] or "0", 16),
            facts["serial"],
            folder.name,
        )
        if address.is_met_by(found):
            bus, number = (int(_fact(folder / name) or 0) for name in ("busnum", "devnum"))
            yield root / f"dev/bus/usb/{bus:03}/{number:03}"


def _fact(path: pathlib.Path) -> str | None:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return None


def _device_file(device: str, path: pathlib.Path) -> Check:
    name = f"device {device}"
    try:
        status = path.stat()
    except FileNotFoundError:
        return bad(
            name,
            f"{path} is not there.",
            "Plug the device in. ls -l /dev/pos /dev/serial/by-id shows what is plugged in; write"
            " its name as `url` into the configuration.",
        )
    except OSError as error:
        return bad(name, f"{path} cannot be looked at: {error.strerror}.", "Run this as root.")
    group = _group_name(status.st_gid)
    if status.st_mode & GROUP_MAY != GROUP_MAY:
        return bad(
            name,
            f"The group {group} may not read and write {path}.",
            "sudo install -m 644 systemd/99-pos-edge.rules /etc/udev/rules.d/ && sudo udevadm"
            " control --reload && sudo udevadm trigger",
        )
    if group not in GROUPS and os.geteuid() != status.st_uid:
        return care(
            name,
            f"{path} belongs to the group {group}, in which the service is not.",
            f"Add {group} to SupplementaryGroups= in edge-daemon.service, and restart it.",
        )
    return good(name, f"{path} can be opened by the group {group}.")


def _groups() -> Iterator[Check]:
    for group, purpose in GROUPS.items():
        name = f"group {group}"
        try:
            found = grp.getgrnam(group)
        except KeyError:
            yield care(
                name,
                f"There is none, so {purpose} cannot be opened without root.",
                f"sudo groupadd --system {group}",
            )
            continue
        if os.geteuid() == 0 or found.gr_gid in os.getgroups():
            yield good(name, f"It is there, for {purpose}.")
        else:
            yield absent(
                name, f"It is there, for {purpose}. You are not in it; the service does not mind."
            )


def _rules(root: pathlib.Path) -> Check:
    if (root / RULES).exists():
        return good("udev rules", f"/{RULES} is there: devices have lasting names in /dev/pos.")
    return care(
        "udev rules",
        f"/{RULES} is missing, so devices have no lasting names in /dev/pos.",
        "sudo install -m 644 systemd/99-pos-edge.rules /etc/udev/rules.d/ && sudo udevadm control"
        " --reload && sudo udevadm trigger",
    )


def _pcscd(devices: tuple[DeviceConfig, ...], root: pathlib.Path) -> Check:
    needed = any(device.driver == "pcsc" for device in devices)
    runs = (root / PCSCD).exists()
    if needed and (root / PCSCD_POLICY).exists() and not (root / PCSCD_RULES).exists():
        return bad(
            "pcscd",
            "The service for card readers asks polkit whom it may serve, and polkit does not know"
            " the daemon.",
            "sudo install -m 644 systemd/50-pos-edge-pcscd.rules /etc/polkit-1/rules.d/",
        )
    if runs:
        return good("pcscd", "The service for card readers runs.")
    if not needed:
        return absent("pcscd", "It does not run, and no configured device needs it.")
    return bad(
        "pcscd",
        "A card reader is configured, and the service for card readers does not run.",
        "sudo apt install pcscd && sudo systemctl enable --now pcscd.socket",
    )


def _group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
