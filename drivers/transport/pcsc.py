"""Card readers behind pcscd, the system's service for them (PC/SC), through pyscard.

Everything here blocks and belongs on a lane, but for `PcscReader.cancel`, which may be called on
any thread. Nothing is polled: pcscd tells when a card comes or goes.

pcscd's library has one address for a whole process and keeps the first: `PCSCLITE_CSOCK_NAME` in
the environment, or else the system's. The first use here therefore writes it there.

Source: PC/SC part 5, 2.01.01; pcsc-lite 1.9.9, pcscd(8), its header winscard.h and README.polkit.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import NamedTuple

from smartcard import scard  # type: ignore[import-untyped]  # pyscard 2.3 has no types

from drivers.transport import LinkLostError

ADDRESS = "PCSCLITE_CSOCK_NAME"
SYSTEM_ADDRESS = "/run/pcscd/pcscd.comm"
FOREVER = 0xFFFFFFFF
"""INFINITE, as pcscd's library has it; pyscard's own constant is half of it."""
_COUNTER_SHIFT = 16

_GONE = {
    scard.SCARD_E_INVALID_HANDLE,
    scard.SCARD_E_NO_READERS_AVAILABLE,
    scard.SCARD_E_NO_SERVICE,
    scard.SCARD_E_READER_UNAVAILABLE,
    scard.SCARD_E_SERVICE_STOPPED,
    scard.SCARD_E_UNKNOWN_READER,
    scard.SCARD_F_COMM_ERROR,
}
"""Results that end the reader, whatever lies on it."""
_SERVICE_GONE = {
    scard.SCARD_E_NO_SERVICE,
    scard.SCARD_E_SERVICE_STOPPED,
    scard.SCARD_F_COMM_ERROR,
}
NO_SERVICE = (
    "The service for card readers (pcscd) does not run."
    " Install it, or start it: sudo systemctl enable --now pcscd.socket"
)
NOT_ALLOWED = (
    "The service for card readers (pcscd) refuses the daemon. Install the project's rule:"
    " sudo install -m 644 systemd/50-pos-edge-pcscd.rules /etc/polkit-1/rules.d/"
)
TAKEN_AWAY = "The card was taken away too soon. Hold it again."
UNPLUGGED = "The card reader is unplugged. Check its cable."


class CardLostError(LinkLostError):
    """Raised when the card went away or stopped to answer. The reader is still there."""


class ReaderState(NamedTuple):
    """What pcscd last said about a reader: its flags, and the card's answer to reset."""

    flags: int = 0
    atr: bytes = b""

    @property
    def present(self) -> bool:
        """A card lies on it."""
        return bool(self.flags & scard.SCARD_STATE_PRESENT)

    @property
    def mute(self) -> bool:
        """The card does not answer; two cards do so too."""
        return bool(self.flags & scard.SCARD_STATE_MUTE)

    @property
    def unknown(self) -> bool:
        """Pcscd has not been asked yet."""
        return not self.flags

    @property
    def changes(self) -> int:
        """How often a card came or went, counted by pcscd."""
        return self.flags >> _COUNTER_SHIFT

    def same_card(self, other: "ReaderState") -> bool:
        """True when the card of `other` still lies there."""
        now, then = (state.present and not state.mute for state in (self, other))
        return now == then and self.present == other.present and self.changes == other.changes


class Card:
    """A card that is spoken to; nobody else speaks to it meanwhile."""

    def __init__(self, handle: int, protocol: int) -> None:
        self._handle = handle
        self._head = (
            scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
        )

    def transmit(self, command: bytes) -> bytes:
        """Send a command and wait for the response.

        Raises:
            CardLostError: The card is gone, or does not answer.
            LinkLostError: The reader is gone.
        """
        result, response = scard.SCardTransmit(self._handle, self._head, list(command))
        _check(result)
        if not response:
            raise CardLostError(TAKEN_AWAY)
        return bytes(byte & 0xFF for byte in response)


class PcscReader:
    """One reader of pcscd's, found by a part of its name."""

    def __init__(self, context: int, name: str) -> None:
        self._context = context
        self.name = name

    @classmethod
    def open(cls, wanted: str | None, address: str | None = None) -> "PcscReader":
        """Find the reader whose name holds `wanted`, or the only one.

        Raises:
            LinkLostError: There is none, or several; the message says which there are.
        """
        context = _open_context(address)
        try:
            return cls(context, _choose(_names(context), wanted))
        except LinkLostError:
            scard.SCardReleaseContext(context)
            raise

    def wait(self, before: ReaderState) -> ReaderState:
        """Wait until the state is another one than `before`; the unknown one is none.

        Raises:
            LinkLostError: The reader is gone, or `cancel` was called.
        """
        known = before.flags & ~scard.SCARD_STATE_CHANGED
        result, states = scard.SCardGetStatusChange(self._context, FOREVER, [(self.name, known)])
        _check(result)
        _, flags, atr = states[0]
        if flags & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE):
            raise LinkLostError(UNPLUGGED)
        return ReaderState(flags & ~scard.SCARD_STATE_CHANGED, bytes(atr))

    @contextlib.contextmanager
    def card(self) -> Iterator[Card]:
        """Speak to the card that lies there.

        Raises:
            CardLostError: It is gone, or another program has it.
            LinkLostError: The reader is gone.
        """
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, handle, protocol = scard.SCardConnect(
            self._context, self.name, scard.SCARD_SHARE_SHARED, protocols
        )
        _check(result)
        try:
            _check(scard.SCardBeginTransaction(handle))
            yield Card(handle, protocol)
        finally:
            # Left powered: a reader that switched its field off would find the card anew at once.
            scard.SCardEndTransaction(handle, scard.SCARD_LEAVE_CARD)
            scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)

    def cancel(self) -> None:
        """Let a `wait` that is under way end. Never raises."""
        scard.SCardCancel(self._context)

    def close(self) -> None:
        """Let go of pcscd. Never raises."""
        scard.SCardReleaseContext(self._context)


def reader_names(address: str | None = None) -> list[str]:
    """The names of all readers that pcscd has; none where it runs without any.

    Raises:
        LinkLostError: It does not run, or refuses us.
    """
    context = _open_context(address)
    try:
        return _names(context)
    finally:
        scard.SCardReleaseContext(context)


def _open_context(address: str | None) -> int:
    kept = os.environ.setdefault(ADDRESS, address or SYSTEM_ADDRESS)
    if address not in {None, kept}:
        raise LinkLostError(
            f"This daemon speaks to the pcscd at {kept}. Give every card reader the same `socket`."
        )
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    _check(result)
    opened: int = context
    return opened


def _names(context: int) -> list[str]:
    result, names = scard.SCardListReaders(context, [])
    if result == scard.SCARD_E_NO_READERS_AVAILABLE:
        return []
    _check(result)
    return list(names)


def _choose(names: list[str], wanted: str | None) -> str:
    fitting = [name for name in names if (wanted or "").casefold() in name.casefold()]
    if len(fitting) == 1:
        return fitting[0]
    listed = ", ".join(f'"{name}"' for name in fitting or names)
    if fitting:
        raise LinkLostError(f"Several card readers fit. Name one of them in `reader`: {listed}.")
    if names:
        raise LinkLostError(f'No card reader is called "{wanted}". There are: {listed}.')
    raise LinkLostError("No card reader is connected. Check its cable.")


def _check(result: int) -> None:
    if result == scard.SCARD_S_SUCCESS:
        return
    if result in _SERVICE_GONE:
        raise LinkLostError(NO_SERVICE)
    if result == scard.SCARD_W_SECURITY_VIOLATION:
        raise LinkLostError(NOT_ALLOWED)
    if result == scard.SCARD_E_CANCELLED:
        raise LinkLostError("The card reader is closed.")
    if result in _GONE:
        raise LinkLostError(UNPLUGGED)
    if result == scard.SCARD_E_SHARING_VIOLATION:
        raise CardLostError("Another program uses the card. Close it, and hold the card again.")
    raise CardLostError(TAKEN_AWAY)
