"""`/cgi-bin/epos/service.cgi`: any configured printer with the face of an Epson."""

from edge_daemon.doors.epos.service import Epos

__all__ = ["Epos"]
