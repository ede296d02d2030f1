"""USB over a network: what a Linux host exports, and the transfers to it.

    request      [version:2] [8005:2] [status:4]                         list the devices
    reply        [version:2] [0005:2] [status:4] [count:4] devices, each with its interfaces
    request      [version:2] [8003:2] [status:4] [busid:32]              give me this one
    reply        [version:2] [0003:2] [status:4] a device, without interfaces, when status is 0
    device       [path:256] [busid:32] [busnum:4] [devnum:4] [speed:4] [vendor:2] [product:2]
                 [release:2] [class:1] [subclass:1] [protocol:1] [configuration:1]
                 [configurations:1] [interfaces:1]
    interface    [class:1] [subclass:1] [protocol:1] [0:1]

    header       [command:4] [sequence:4] [device:4] [direction:4] [endpoint:4]
    1 submit     header [flags:4] [length:4] [frame:4] [packets:4] [interval:4] [setup:8] data out
    3 result     header [status:4] [length:4] [frame:4] [packets:4] [errors:4] [0:8] data in
    2 unlink     header [sequence:4] [0:24]
    4 unlinked   header [status:4] [0:24]

A connection is for one list, or for one device: after the reply to its import it carries transfers
until one side closes it, which gives the device back. All numbers are big-endian, except in
`setup`. A message of the second kind begins with two zero bytes, one of the first kind with the
version, so one reader tells them apart. A result does not say in which direction its transfer
went; its reader has to be told (`expect`) before the transfer is sent.

A transfer that is unlinked in time has no result of its own.

Isochronous transfers (sound, video) are refused.

Source: Linux, Documentation/usb/usbip_protocol.rst, version 1.1.1; the statuses in
tools/usb/usbip/libsrc/usbip_common.h and include/uapi/asm-generic/errno.h.
"""

from drivers.wire.usbip.operations import (
    PORT,
    VERSION,
    ExportedDevice,
    ExportedInterface,
    ImportReply,
    ImportRequest,
    ListReply,
    ListRequest,
    Speed,
    Status,
)
from drivers.wire.usbip.reader import MAX_TRANSFER, Message, UsbIpReader
from drivers.wire.usbip.transfers import (
    STALLED,
    UNLINKED,
    UNPLUGGED,
    Result,
    Submit,
    Unlink,
    Unlinked,
)

__all__ = [
    "MAX_TRANSFER",
    "PORT",
    "STALLED",
    "UNLINKED",
    "UNPLUGGED",
    "VERSION",
    "ExportedDevice",
    "ExportedInterface",
    "ImportReply",
    "ImportRequest",
    "ListReply",
    "ListRequest",
    "Message",
    "Result",
    "Speed",
    "Status",
    "Submit",
    "Unlink",
    "Unlinked",
    "UsbIpReader",
]
