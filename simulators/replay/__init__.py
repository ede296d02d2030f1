"""A capture played back: a terminal that says what one said in a shop.

So what went wrong in a shop becomes a test, whatever the terminal speaks:

    async with open_replay(path.read_text()) as terminal:
        ...                      # open the driver at terminal.toml(), do what the till did
    assert terminal.deviations == []

For each message of the till, a replay says what the terminal said next. It compares: another
message than the recorded one, or another content, is a deviation; only names that differ from one
time to the next may differ. A capture that began in the middle has no login; it is answered all the
same. Pauses are not played back.

    capture                       the file
    player                        what all protocols have in common
    zvt, nexo, opi, caisse_ap     one protocol each
"""

from simulators.replay.caisse_ap import CaisseApReplay
from simulators.replay.capture import CaptureError, Recorded, protocol_of, read_capture
from simulators.replay.nexo import NexoReplay
from simulators.replay.opi import OpiReplay
from simulators.replay.player import Replay
from simulators.replay.zvt import ZvtReplay

__all__ = ["CaptureError", "Recorded", "Replay", "open_replay", "read_capture"]

REPLAYS = {kind.protocol: kind for kind in (ZvtReplay, NexoReplay, OpiReplay, CaisseApReplay)}


def open_replay(capture: str) -> Replay:
    """Return the replay of a capture, by its protocol.

    Raises:
        CaptureError: It is none.
    """
    protocol = protocol_of(capture)
    if protocol not in REPLAYS:
        raise CaptureError(f"Line 1 is no message of a terminal: nobody speaks {protocol!r} here.")
    return REPLAYS[protocol](capture)
