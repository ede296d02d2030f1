"""Human interface devices: what their reports mean, and what keys type.

    report descriptor   items of [prefix:1] [data:0, 1, 2 or 4]; they lay out the reports
    report              [report id:1, where the descriptor has any] [fields, bit by bit]

    descriptor   items to fields
    keyboard     a keyboard's reports to keys, and keys to text
    layouts      which key types what, country by country: data
    point_of_sale  a bar code scanner's reports (usage page 8Ch) to codes

Source: Device Class Definition for Human Interface Devices 1.11; HID Usage Tables 1.5; HID Point of
Sale Usage Tables 1.02.
"""

from drivers.wire.hid.descriptor import (
    INPUT,
    Field,
    ReportDescriptor,
    decode_descriptor,
    descriptor_length,
)
from drivers.wire.hid.keyboard import BOOT_KEYBOARD, Keys, Typist, is_keyboard
from drivers.wire.hid.layouts import Layout, layout, layouts
from drivers.wire.hid.point_of_sale import ScannedData, ScannerReports, is_scanner

__all__ = [
    "BOOT_KEYBOARD",
    "INPUT",
    "Field",
    "Keys",
    "Layout",
    "ReportDescriptor",
    "ScannedData",
    "ScannerReports",
    "Typist",
    "decode_descriptor",
    "descriptor_length",
    "is_keyboard",
    "is_scanner",
    "layout",
    "layouts",
]
