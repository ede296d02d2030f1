"""`/hw_proxy/*`: the box that Odoo's tills and the OCA's modules were written for."""

from edge_daemon.doors.hw_proxy.service import HwProxy
from edge_daemon.doors.hw_proxy.transactions import Transactions

__all__ = ["HwProxy", "Transactions"]
