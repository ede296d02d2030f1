"""The doctor: looks at a box from outside the daemon, and says how to mend what is wrong.

checks     what a check finds
machine    disk, clock, heat, power supply
devices    device files, groups, udev rules, pcscd
network    the broker, the certificate
examining  all of it together

It opens no device and changes nothing, so it may run beside the daemon and in its place.
"""

from edge_daemon.doctor.checks import Check, Grade
from edge_daemon.doctor.examining import examine

__all__ = ["Check", "Grade", "examine"]
