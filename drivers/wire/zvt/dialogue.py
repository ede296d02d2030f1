"""One command of the ECR, from its first byte to its completion.

The rules, as a table: what each message does to the dialogue. What the table lacks breaks the
protocol. The ECR's own 06 B0 (abort) is answered in the middle of the terminal's turn; that is
why acknowledgements are welcome there.

Deadlines are values of the caller's clock. T3 runs from the command to its acknowledgement, T4
from there to the completion; 04 FF and 04 0F restart T4, and 04 FF may carry a new one. When a
deadline has passed, the connection counts as lost.

Two commands end otherwise. Log-off (06 02) ends with its acknowledgement. Read card (06 C0) ends
with the result at terminals in the field; others complete it as usual, so a completion is waited
for a moment and not missed.

An honest doubt: terminals exist that send a message before they acknowledge the command. They
are refused here, since a late result of another payment looks just like that.

Source: ZVT PA00P015 rev. 13.08, 2.2; PA00P016 rev. 04, T3 and T4.
"""

import enum
from collections.abc import Mapping

from drivers.wire import WireError
from drivers.wire.zvt import shapes
from drivers.wire.zvt.apdu import Apdu
from drivers.wire.zvt.messages import IntermediateStatus


class State(enum.Enum):
    """Whose turn it is."""

    READY = "ready"
    SENT = "sent"
    TERMINAL_IS_MASTER = "terminal is master"
    COMPLETED = "completed"
    ABORTED = "aborted"
    REFUSED = "refused"


class Word(enum.Enum):
    """What a message of the terminal means to the dialogue."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    PROGRESS = "progress"
    RESULT = "result"
    RECEIPT = "receipt"
    REQUEST = "request"
    COMPLETION = "completion"
    ABORT = "abort"


TRANSITIONS: Mapping[State, Mapping[Word, State]] = {
    State.SENT: {
        Word.ACKNOWLEDGED: State.TERMINAL_IS_MASTER,
        Word.REFUSED: State.REFUSED,
    },
    State.TERMINAL_IS_MASTER: {
        Word.ACKNOWLEDGED: State.TERMINAL_IS_MASTER,
        Word.REFUSED: State.TERMINAL_IS_MASTER,
        Word.PROGRESS: State.TERMINAL_IS_MASTER,
        Word.RESULT: State.TERMINAL_IS_MASTER,
        Word.RECEIPT: State.TERMINAL_IS_MASTER,
        Word.REQUEST: State.TERMINAL_IS_MASTER,
        Word.COMPLETION: State.COMPLETED,
        Word.ABORT: State.ABORTED,
    },
}
ENDS = frozenset({State.COMPLETED, State.ABORTED, State.REFUSED})

_WORDS = {
    shapes.INTERMEDIATE_STATUS: Word.PROGRESS,
    shapes.STATUS_INFORMATION: Word.RESULT,
    shapes.PRINT_LINE: Word.RECEIPT,
    shapes.PRINT_TEXT_BLOCK: Word.RECEIPT,
    shapes.COMPLETION: Word.COMPLETION,
    shapes.ABORT: Word.ABORT,
}

SECONDS_PER_MINUTE = 60.0
LATE_COMPLETION_SECONDS = 0.3
"""How long a completion of 06 C0 is waited for."""


def word_of(apdu: Apdu) -> Word:
    """Return what a message of the terminal means."""
    if shapes.is_negative_ack(apdu.control):
        return Word.REFUSED
    if shapes.is_ack(apdu.control):
        return Word.ACKNOWLEDGED
    return _WORDS.get(apdu.control, Word.REQUEST)


class Dialogue:
    """One command and what the terminal makes of it.

    Args:
        command: What the ECR asks.
        t3, t4: Seconds, see the module.
    """

    def __init__(self, command: Apdu, *, t3: float, t4: float) -> None:
        self.command = command
        self.state = State.READY
        self._t3 = t3
        self._t4 = t4
        self._deadline: float | None = None
        self._complete = False

    @property
    def ended(self) -> bool:
        """True when the ECR is master again."""
        return self.state in ENDS

    def start(self, now: float) -> bytes:
        """Return the bytes to send; T3 runs from now on."""
        self.state = State.SENT
        self.sent(now)
        return self.command.encode()

    def sent(self, now: float) -> None:
        """Let T3 run from now on: the last byte has left, which takes time on a serial line."""
        if self.state is State.SENT:
            self._deadline = now + self._t3

    def receive(self, apdu: Apdu, now: float) -> Word:
        """Take a message of the terminal and return what it means.

        Raises:
            WireError: The terminal may not say this now.
        """
        word = word_of(apdu)
        following = TRANSITIONS.get(self.state, {}).get(word)
        if following is None:
            name = shapes.control_name(apdu.control)
            raise WireError(f"The terminal sent {name} in the state {self.state.value!r}.")
        self._complete = word is Word.RESULT and self.command.control == shapes.READ_CARD
        if self.state is State.SENT or word in (Word.PROGRESS, Word.RESULT):
            self._adopt(apdu, word)
            self.restart(now)
        if word is Word.ACKNOWLEDGED and self.command.control == shapes.LOG_OFF:
            following = State.COMPLETED
        self.state = following
        return word

    def restart(self, now: float) -> None:
        """Let T4 run anew."""
        self._deadline = now + (LATE_COMPLETION_SECONDS if self._complete else self._t4)

    def time_passed(self, now: float) -> bool:
        """True when the silence until `now` ends the command as it should."""
        if self._complete and self._deadline is not None and now >= self._deadline:
            self.state = State.COMPLETED
        return self.ended

    def next_deadline(self) -> float | None:
        """Return when the terminal must have spoken; None when nothing is awaited."""
        return None if self.ended else self._deadline

    def _adopt(self, apdu: Apdu, word: Word) -> None:
        if word is Word.PROGRESS and (minutes := IntermediateStatus.parse(apdu).minutes):
            self._t4 = minutes * SECONDS_PER_MINUTE
