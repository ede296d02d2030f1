"""Commands that a till composed itself: what only marks paper is passed on, nothing else.

Such bytes come from a web page. A drawer's pulse would open the till without a trace, a question
would disturb the driver's own conversation, a real-time command would overtake everything. So the
commands are read, and refused as a whole if one of them is not known to stay on paper.
"""

from drivers.wire import escpos
from drivers.wire import escpos_commands as c

_REFUSED = (
    c.RealTimeCommand,
    c.Pulse,
    c.StatusBack,
    c.TransmitStatus,
    c.TransmitId,
    c.ProcessId,
    c.TestPrint,
    c.Function,
    c.Oversized,
    c.Unknown,
)


class ForbiddenCommandError(ValueError):
    """Raised when bytes hold more than marks for paper; the message names it."""


def printable_commands(data: bytes) -> bytes:
    """Return `data`.

    Raises:
        ForbiddenCommandError: It does more than mark paper, or cannot be read.
    """
    for command in escpos.read(data):
        if isinstance(command, _REFUSED):
            raise ForbiddenCommandError(f"The command {command.mnemonic} is not passed on.")
    return data
