"""USB devices by their class and maker, from what the kernel has read of them."""

from drivers.discovery.candidate import Candidate, Found
from drivers.discovery.makers import PRINTER_VENDORS, SCANNER_VENDORS
from drivers.transport import LinkLostError

PRINTER_CLASS, HID_CLASS, VENDOR_CLASS = 0x07, 0x03, 0xFF
"""bInterfaceClass; USB Class Codes (usb.org)."""
BOOT_KEYBOARD = (HID_CLASS, 1, 1)
"""Class, subclass and protocol of a keyboard; HID 1.11, sections 4.2 and 4.3."""


def look_at_usb(found: Found, server: tuple[str, int] | None = None) -> None:
    """Note the printers and scanners on USB, here or at a USB/IP server. Blocks.

    Args:
        found: Gets them.
        server: Host and port; None: this machine.
    """
    try:
        from drivers.transport.usb.finding import PresentDevice, present_devices  # noqa: PLC0415
    except ImportError as error:
        found.troubles.append(f"USB cannot be looked at: {error}.")
        return
    try:
        devices = present_devices(server)
    except LinkLostError as error:
        found.troubles.append(str(error))
        return

    def candidate(device: PresentDevice) -> Candidate | None:
        address = device.address
        classes = {each.interface_class for each in device.interfaces}
        maker = PRINTER_VENDORS.get(address.vendor or 0)
        scanner = SCANNER_VENDORS.get(address.vendor or 0)
        if PRINTER_CLASS in classes or (maker and VENDOR_CLASS in classes):
            what = f"{maker or 'a'} printer"
            settings: dict[str, str | int] = {"usb": str(address)}
            note = "" if maker else "If that is a receipt printer."
            return Candidate("usb", str(address), what, "pos_printer", "escpos", settings, note)
        if scanner and HID_CLASS in classes:
            kinds = {
                (each.interface_class, each.subclass, each.protocol) for each in device.interfaces
            }
            types = BOOT_KEYBOARD in kinds
            return Candidate(
                "usb",
                str(address),
                f"{scanner} scanner",
                "scanner",
                "hid_keyboard" if types else "hid_pos",
                {"usb": str(address)},
                "It types: write layout, the country that it is set to." if types else "",
            )
        return None

    found.candidates += [each for each in map(candidate, devices) if each is not None]
