"""A card reader behind pcscd: every reader with a PC/SC driver, by USB most of them.

What a card is asked, and in which order, is `drivers.wire.card.reading`.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from drivers.card_reader import CardReader, CardReaderEvent, CardRemoved, CardUnreadable
from drivers.card_reader.telling import told
from drivers.card_reader.watching import Telling, WatchedReader
from drivers.errors import OfflineError
from drivers.lane import Lane
from drivers.settings import DeviceSettings, Seconds
from drivers.transport import LinkLostError
from drivers.transport.pcsc import CardLostError, PcscReader, ReaderState
from drivers.wire import WireError
from drivers.wire.card.apdu import converse
from drivers.wire.card.reading import read_card


class Settings(DeviceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of a `[[card_reader]]` table with `driver = "pcsc"`.

    Attributes:
        reader: A part of the name that pcscd gives it, such as `ACR1252` or its serial number; the
            only one where it is not said. Numbers at the end change when it is plugged in again.
        socket: Of a pcscd that is not the system's.
        patience: Seconds for reading one card.
    """

    reader: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    socket: Annotated[str, msgspec.Meta(pattern=r"\A/")] | None = None
    patience: Seconds = 5.0


async def open_device(name: str, settings: Settings, devices: Mapping[str, Any]) -> CardReader:
    """Find the reader and begin to watch it. A card that lies on it already is told.

    Raises:
        OfflineError: pcscd does not run, refuses us, or has no such reader.
    """
    del devices  # a card reader needs no other device
    lane = Lane(name)
    try:
        reader = await lane.run(PcscReader.open, settings.reader, settings.socket)
    except LinkLostError as error:
        lane.close()
        raise OfflineError(str(error), device=name) from error
    except BaseException:
        lane.close()
        raise
    watch = _Watch(reader)
    return WatchedReader(name, lane, watch.run, reader.cancel, settings.patience)


class _Watch:
    """Follows one reader on its thread."""

    def __init__(self, reader: PcscReader) -> None:
        self._reader = reader

    def run(self, telling: Telling) -> None:
        seen = ReaderState()
        try:
            while True:
                now = self._reader.wait(seen)
                if not now.same_card(seen):
                    self._tell_change(telling, seen, now)
                seen = now
        except LinkLostError:
            if seen.present:
                telling.tell(CardRemoved())
            raise
        finally:
            self._reader.close()

    def _tell_change(self, telling: Telling, seen: ReaderState, now: ReaderState) -> None:
        if seen.present:
            telling.tell(CardRemoved())
        if now.present:
            telling.began()
            telling.tell(self._read(now, at_opening=seen.unknown))

    def _read(self, state: ReaderState, *, at_opening: bool) -> CardReaderEvent:
        if state.mute:
            return CardUnreadable(
                "The card does not answer. Hold one card only, and hold it still."
            )
        try:
            with self._reader.card() as card:
                found = converse(read_card(state.atr), card.transmit)
        except CardLostError as error:
            return CardUnreadable(str(error))
        except WireError:
            return CardUnreadable("The card answers oddly. It is none that can be used here.")
        return told(found, answer_to_reset=state.atr, at_opening=at_opening)
