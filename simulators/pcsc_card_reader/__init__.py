"""A card reader behind a real pcscd, and a hand that holds cards to it, unplugs it, kills pcscd.

pcscd and its virtual reader are Debian's packages `pcscd` and `vsmartcard-vpcd`. pcscd looks for a
card every 0.4 s, as it does with every reader that cannot tell.

A virtual reader cannot be pulled out of a running pcscd. Unplugging it therefore starts pcscd anew
without it: programs lose pcscd for a moment, then find it without the reader.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from drivers.wire.card.apdu import DONE, NOT_FOUND, Response
from drivers.wire.card.reading import GET_UID
from simulators.cards.chips import PaymentChip
from simulators.cards.deck import VirtualCard, rules_toml
from simulators.cards.hand import FAULTS, SLOW_SECONDS, TORN_AFTER, CardHand, card_argument
from simulators.control import Faults, Json, UnknownNameError, unknown
from simulators.pcsc_card_reader.service import READER, PcscService
from simulators.pcsc_card_reader.slot import CardGoneError, Slot

BY_NAME_ONLY = True
_NOT_SUPPORTED = 0x6A81

_ACTIONS = {
    "unplug": "Pull the reader's cable.",
    "plug_in": "Put the cable back.",
    "kill_service": "Kill pcscd.",
    "start_service": "Start pcscd again.",
}


class PcscCardReader:
    """One simulated reader.

    Args:
        name: Its name in the TOML.
        directory: For pcscd's socket and configuration; a temporary one when absent, or when its
            path is too long for a socket.
    """

    family = "card_reader"

    def __init__(self, name: str = "card_reader", directory: Path | None = None) -> None:
        self.name = name
        self.faults = Faults(FAULTS)
        self._hand = CardHand()
        self.faults.on_switch(lambda _name, _on: self._hand.obey(self.faults))
        self._files = contextlib.ExitStack()
        self._directory = directory
        self._plugged_in = True
        self._answers = 0
        self._service: PcscService | None = None
        self._slot: Slot | None = None

    async def __aenter__(self) -> Self:
        """Start pcscd, with the reader plugged in."""
        directory = self._directory
        if directory is None or len(str(directory)) > _LONGEST_DIRECTORY:
            directory = Path(self._files.enter_context(tempfile.TemporaryDirectory()))
        self._service = PcscService(directory)
        self._slot = Slot(self._service.port)
        try:
            await self._service.start()
        except BaseException:
            self._files.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End pcscd."""
        await self._its_slot.remove()
        await self._its_service.kill()
        self._files.close()

    @property
    def address(self) -> str:
        """Where programs find this pcscd."""
        return str(self._its_service.address)

    def toml(self) -> str:
        """The `[[card_reader]]` table, and the rules that know its cards."""
        return (
            f'[[card_reader]]\nname = "{self.name}"\ndriver = "pcsc"\n'
            f'reader = "{READER}"\nsocket = "{self.address}"\n\n{rules_toml(self.name)}'
        )

    def state(self) -> Json:
        """What a person would see."""
        return {
            "plugged_in": self._plugged_in,
            "service_runs": self._service is not None and self._service.runs,
            **self._hand.state(),
        }

    @property
    def actions(self) -> Mapping[str, str]:
        """What a hand can do here."""
        return {**self._hand.actions, **_ACTIONS}

    async def hand(self, action: str, **arguments: Any) -> None:  # noqa: ANN401 - JSON values
        """Do what a person at the counter does.

        Raises:
            UnknownNameError: There is no such action or card.
            ValueError: An argument is missing, unknown or of the wrong kind.
        """
        if action not in self.actions:
            raise UnknownNameError(unknown("action", action, self.actions))
        if action == "tap":
            await self._insert(self._hand.take(card_argument(arguments)))
            return
        if arguments:
            raise ValueError(f"{action} takes no arguments.")
        match action:
            case "remove":
                await self._remove()
            case "unplug" | "plug_in":
                self._plugged_in = action == "plug_in"
                await self._restart()
            case "kill_service":
                await self._its_service.kill()
            case "start_service":
                await self._restart()

    async def _restart(self) -> None:
        await self._its_service.kill()
        await self._its_service.start(with_reader=self._plugged_in)

    async def _insert(self, card: VirtualCard) -> None:
        self._answers = 0

        async def respond(command: bytes) -> bytes | None:
            return await self._respond(card, command)

        def reset() -> None:
            if card.chip is not None:
                card.chip.reset()

        await self._its_slot.insert(card.atr, respond, reset)

    async def _remove(self) -> None:
        self._hand.held = None
        await self._its_slot.remove()

    async def _respond(self, card: VirtualCard, command: bytes) -> bytes | None:
        self._answers += 1
        if "torn" in self.faults and self._answers > TORN_AFTER:
            self.faults.switch("torn", on=False)
            self._hand.held = None
            raise CardGoneError
        if "mute" in self.faults:
            return None
        if "slow" in self.faults:
            await asyncio.sleep(SLOW_SECONDS)
        return as_reader(card, command)

    @property
    def _its_service(self) -> PcscService:
        if self._service is None:
            raise RuntimeError("The reader has no address before it is entered.")
        return self._service

    @property
    def _its_slot(self) -> Slot:
        if self._slot is None:
            raise RuntimeError("The reader has no slot before it is entered.")
        return self._slot


def as_reader(card: VirtualCard, command: bytes) -> bytes:
    """Answer as a PC/SC reader with this card: commands of class FF are the reader's own."""
    if command == GET_UID.encode():
        if isinstance(card.made_of, PaymentChip):
            card.made_of.asked_on += 1
        return Response(card.uid, DONE).encode()
    if command[:2] == b"\xff\xb0" and card.memory is not None:
        data = card.memory.read(int.from_bytes(command[2:4], "big"))
        return Response(data or b"", NOT_FOUND if data is None else DONE).encode()
    if card.chip is None:
        return Response(b"", _NOT_SUPPORTED).encode()
    return card.chip.respond(command)


_LONGEST_DIRECTORY = 90
"""Characters; a socket's path may have 107."""


def open_simulator(name: str, directory: Path) -> PcscCardReader:
    """Make the reader that `pos-simulators` starts."""
    return PcscCardReader(name, directory)
