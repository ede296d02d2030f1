"""Simulated USB scanners that are human interface devices: what they share.

device   a scanner on a USB host of its own, and its answers about itself
typing   which keys type a text
"""

from simulators.hid.device import HidScanner, hid_descriptor
from simulators.hid.typing import strokes

__all__ = ["HidScanner", "hid_descriptor", "strokes"]
