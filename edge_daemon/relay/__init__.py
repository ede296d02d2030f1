"""The relay: the journal's bytes to the central office, in order, until it has acknowledged them.

PUBACK is not delivery. Only the office's own acknowledgement, which names the hash of the last
entry that it has committed, moves the cursor. The relay knows only the journal, and no register
ever waits for it.
"""

from edge_daemon.relay.downlink import Downstream
from edge_daemon.relay.first_contact import ask_for_resume, inheritance
from edge_daemon.relay.herald import About
from edge_daemon.relay.relay import Relay
from edge_daemon.relay.state import RelayState

__all__ = ["About", "Downstream", "Relay", "RelayState", "ask_for_resume", "inheritance"]
