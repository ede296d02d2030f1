"""An NFC reader that the system has no driver for, through nfcpy: PN532 boards, RC-S380.

Such a reader tells nobody that a card has come: its field has to be looked into, every `interval`.
"""

import threading
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
from drivers.transport.nfc import Field, TagLostError, Target
from drivers.wire import WireError
from drivers.wire.card import type_3
from drivers.wire.card.apdu import converse
from drivers.wire.card.atr import Technology
from drivers.wire.card.reading import (
    Card,
    PaymentCard,
    lasting_uid,
    look_for_payment,
    read_message,
    with_message,
)

TRIES = 3
"""To read a card that is just being held there: the field reaches it before it lies still."""


class Settings(DeviceSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of a `[[card_reader]]` table with `driver = "nfcpy"`.

    Attributes:
        path: As nfcpy has it: `usb:054c:06c3`, `tty:USB0:pn532`, `tty:AMA0:pn532`.
        interval: Seconds between two looks into the field.
        patience: Seconds for reading one card.
    """

    path: Annotated[
        str,
        msgspec.Meta(
            pattern=r"\A(usb|tty|udp)(:[A-Za-z0-9_.\-]+)*\Z",
            description="a path such as usb:054c:06c3 or tty:USB0:pn532",
        ),
    ]
    interval: Seconds = 0.25
    patience: Seconds = 5.0


async def open_device(name: str, settings: Settings, devices: Mapping[str, Any]) -> CardReader:
    """Open the reader and begin to look. A card that lies on it already is told.

    Raises:
        OfflineError: It is not there, or another program uses it.
    """
    del devices  # a card reader needs no other device
    lane = Lane(name)
    try:
        field = await lane.run(Field.open, settings.path)
    except LinkLostError as error:
        lane.close()
        raise OfflineError(str(error), device=name) from error
    except BaseException:
        lane.close()
        raise
    watch = _Watch(field, settings.interval)
    return WatchedReader(name, lane, watch.run, watch.stop, settings.patience)


class _Watch:
    """Looks into one field on its thread."""

    def __init__(self, field: Field, interval: float) -> None:
        self._field = field
        self._interval = interval
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def run(self, telling: Telling) -> None:
        first = True
        try:
            while not self._stopped.is_set():
                self._look(telling, at_opening=first)
                first = False
                self._stopped.wait(self._interval)
        finally:
            self._field.close()

    def _look(self, telling: Telling, *, at_opening: bool) -> None:
        """See whether a card lies there; if so, read it and stay with it."""
        target = self._find()
        if target is None:
            return
        telling.began()
        event, target = self._read_patiently(target, at_opening=at_opening)
        telling.tell(event)
        try:
            while target is not None and not self._stopped.wait(self._interval):
                if not (target.is_there() or target.is_there()):
                    break
        finally:
            telling.tell(CardRemoved())

    def _find(self) -> Target | None:
        try:
            return self._field.find()
        except TagLostError:  # it is just being held there, or taken away
            return None

    def _read_patiently(
        self, target: Target, *, at_opening: bool
    ) -> tuple[CardReaderEvent, Target | None]:
        found: Target | None = target
        for _ in range(TRIES):
            try:
                if found is not None:
                    return told(_ask(found), at_opening=at_opening), found
            except TagLostError:
                pass
            except WireError:
                return CardUnreadable(
                    "The card answers oddly. It is none that can be used here."
                ), found
            found = self._find()
        return CardUnreadable("The card was taken away too soon. Hold it again."), found


def _ask(target: Target) -> Card | PaymentCard:
    """Ask what lies there; whether it is for payments first."""
    if target.technology is Technology.ISO_DEP:
        payment = converse(look_for_payment(target.technology), target.exchange)
        if payment is not None:
            return payment
    found = Card(target.technology, lasting_uid(target.uid))
    if target.technology is Technology.TYPE_3:
        return _read_type_3(target, found)
    return converse(read_message(found), target.exchange)


def _read_type_3(target: Target, found: Card) -> Card:
    try:
        return with_message(found, type_3.read_message(target.uid, target.exchange))
    except WireError:  # a card of a transport company: it has a number, and no message
        return found
