"""What is there to be configured: on the network, on serial ports, on USB, behind pcscd.

Nothing here opens a device or says a word to it: a printer that is no receipt printer would print
what it is sent, and a terminal would answer its own till no longer. So what was found is a guess by
name, maker or port, and a person decides.

network   printers that tell the network where they are (mDNS)
probe     open ports on the shop's own networks; only on request
serial    serial ports by their lasting names
usb       USB devices by class and maker
readers   card readers behind pcscd
"""

from drivers.discovery.candidate import Candidate, Found, Progress
from drivers.discovery.looking import Search, discover

__all__ = ["Candidate", "Found", "Progress", "Search", "discover"]
