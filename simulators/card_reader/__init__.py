"""An NFC reader's field on nfcpy's own `udp:` wire, and a hand that holds cards into it.

nfcpy sends the radio's frames as datagrams, and waits. An empty field says so at once (`RFOFF`):
otherwise each look into it would take nfcpy three seconds.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simulators.card_reader.field import Field
from simulators.cards.deck import rules_toml
from simulators.cards.hand import FAULTS, SLOW_SECONDS, TORN_AFTER, CardHand, card_argument
from simulators.control import Faults, Json, UnknownNameError, unknown

Address = tuple[str, int]

NOTHING = b"RFOFF"
ANY_PORT = 0


class NfcReader(asyncio.DatagramProtocol):
    """One simulated field.

    Args:
        name: Its name in the TOML.
    """

    family = "card_reader"

    def __init__(self, name: str = "reader") -> None:
        self.name = name
        self.faults = Faults(FAULTS)
        self._hand = CardHand()
        self.faults.on_switch(lambda _name, _on: self._hand.obey(self.faults))
        self._field: Field | None = None
        self._answers = 0
        self.looked_into = asyncio.Event()
        """Set once the field was found to be empty."""
        self._wire: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        """Wait for datagrams."""
        loop = asyncio.get_running_loop()
        self._wire, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", ANY_PORT)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Hear nothing any more."""
        self._its_wire.close()

    @property
    def path(self) -> str:
        """The address for the configuration."""
        host, port = self._its_wire.get_extra_info("sockname")
        return f"udp:{host}:{port}"

    def toml(self) -> str:
        """The `[[card_reader]]` table, and the rules that know its cards."""
        table = f'[[card_reader]]\nname = "{self.name}"\ndriver = "nfcpy"\npath = "{self.path}"\n'
        return f"{table}\n{rules_toml(self.name)}"

    def state(self) -> Json:
        """What a person would see."""
        return self._hand.state()

    @property
    def actions(self) -> Mapping[str, str]:
        """What a hand can do here."""
        return self._hand.actions

    async def hand(self, action: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON values
        """Do what a person at the counter does.

        Raises:
            UnknownNameError: There is no such action or card.
            ValueError: An argument is missing, unknown or of the wrong kind.
        """
        if action not in self.actions:
            raise UnknownNameError(unknown("action", action, self.actions))
        if action == "tap":
            self._field = Field(self._hand.take(card_argument(arguments)))
            self._answers = 0
        elif arguments:
            raise ValueError(f"{action} takes no arguments.")
        else:
            self._field = self._hand.held = None

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Let the card that lies there answer a frame; `addr` is the reader."""
        technology, _, frame = data.partition(b" ")
        answer = None
        if data != NOTHING:
            with contextlib.suppress(ValueError):  # no hexadecimal: noise
                answer = self._answer(technology.decode("ascii"), bytes.fromhex(frame.decode()))
        if answer is None:
            return
        sent = technology + b" " + answer.hex().encode() if answer else NOTHING
        if "slow" in self.faults and answer:
            loop = asyncio.get_running_loop()
            loop.call_later(SLOW_SECONDS, self._its_wire.sendto, sent, addr)
        else:
            self._its_wire.sendto(sent, addr)

    def _answer(self, technology: str, frame: bytes) -> bytes | None:
        """The card's frame; an empty one where the field is empty; None for silence."""
        if self._field is None:
            self.looked_into.set()
            return b""
        self._answers += self._field.is_asked(technology, frame)
        if "torn" in self.faults and self._answers > TORN_AFTER:
            self.faults.switch("torn", on=False)
            self._field = self._hand.held = None
            return None
        silent = self._answers and "mute" in self.faults
        return None if silent else self._field.answer(technology, frame)

    @property
    def _its_wire(self) -> asyncio.DatagramTransport:
        if self._wire is None:
            raise RuntimeError("The reader has no address before it is entered.")
        return self._wire


def open_simulator(name: str, directory: Path) -> NfcReader:
    """Make the reader that `pos-simulators` starts."""
    del directory  # it keeps no files
    return NfcReader(name)
