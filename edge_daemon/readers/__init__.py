"""The card readers' room: whose a card is, whether it is the one it says, and what follows.

rules     which rule a card is of, and the number that it has there
counters  the taps that were seen of a card that proves itself
values    what registers are told
room      from a reader's event to the live stream, and a badge to who signs on with it
"""

from edge_daemon.readers.room import Readers
from edge_daemon.readers.values import BadgeTap, SignedOn

__all__ = ["BadgeTap", "Readers", "SignedOn"]
