"""Opening drawers: the intent first, the pulse at once or not at all, the truth afterwards.

A pulse that waited longer than `TOO_LATE_SECONDS` between the wish and the device is dropped: a
drawer that fires after the customer has left is an open till. What opens without a command (a
key) is journalled too, and so is what stands open for too long (`watch`).
"""

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Annotated

import msgspec

from drivers.cash_drawer import DrawerClosed, DrawerOpened, DrawerSettings
from drivers.errors import DeviceError, Outcome
from drivers.wire.redaction import redact_text
from edge_daemon.claims import Check, Claim, Right, everybody_may
from edge_daemon.config import Configuration
from edge_daemon.config.lookup import device_meant
from edge_daemon.devices import Devices, DeviceState, Readiness
from edge_daemon.drawers.openings import DrawerOpening, opening_of_intent
from edge_daemon.drawers.watch import BY_KEY, Cause, OpenDrawers, left_open_problem
from edge_daemon.errors import EdgeError, InvalidRequestError
from edge_daemon.journal import Draft, Journal
from edge_daemon.journal.acts import Acts, Order, Spawn
from edge_daemon.records.payloads import DrawerEvent, Json, Payload

KIND = "drawer_openings"
Ulid = Annotated[str, msgspec.Meta(pattern=r"^[0-7][0-9A-HJKMNP-TV-Z]{25}$(?!\n)")]
TOO_LATE_SECONDS = 3.0
"""The journal may have waited for a slow disk; a clerk waits this long before looking away."""


class DrawerOpeningRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Open a drawer without a sale.

    Attributes:
        drawer: A configured drawer; or
        workstation: the register whose drawer is meant.
        reason: Why, in the shop's own code (`wisselgeld`); 1 to 64 characters.
        operator_id: Pseudonym of who asks.
        approval_id: A manager's approval, where the operator has no right to this.
    """

    reason: str
    drawer: str | None = None
    workstation: str | None = None
    operator_id: str | None = None
    approval_id: Ulid | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One opening on its way, and what the journal says about it."""

    intent_id: str
    drawer: str
    cause: str
    draft: Callable[[Payload], Draft]
    transaction_id: str | None = None
    reason_code: str | None = None

    def event(
        self,
        event: str,
        *,
        pulse: str | None = None,
        sensed: bool | None = None,
        problem: str | None = None,
    ) -> Draft:
        """The `DrawerEvent` that ends it."""
        return self.draft(
            DrawerEvent(
                event=event,
                intent_id=self.intent_id,
                cause=self.cause,
                drawer_id=self.drawer,
                pulse=pulse,
                sensed=sensed,
                transaction_id=self.transaction_id,
                reason_code=self.reason_code,
                problem=problem,
            )
        )


class Drawers:
    """The room that opens drawers."""

    def __init__(
        self,
        configuration: Configuration,
        journal: Journal,
        devices: Devices,
        spawn: Spawn,
        *,
        check: Check = everybody_may,
    ) -> None:
        self._check = check
        self._configuration = configuration
        self._journal = journal
        self._devices = devices
        self._acts = Acts(journal, spawn)
        self._spawn = spawn
        self._open = OpenDrawers(_patience(configuration), self._journal_later)

    async def put(
        self,
        resource_id: str,
        request: DrawerOpeningRequest,
        body: Json,
        granted: frozenset[Right] = frozenset(),
    ) -> asyncio.Task[None] | None:
        """Open a drawer once. See `ActRoom`.

        Args:
            resource_id: The register's ULID.
            request: What was asked.
            body: The same, untyped.
            granted: What the configuration lets the caller do; see `Claim`.

        Raises:
            InvalidRequestError: No drawer is meant, or no reason given. Nothing was written.
            NotFoundError: There is no such drawer or workstation.
            NotAllowedError: Whoever asks has no right to open it without a sale.
            RequestConflictError: The id was used with another body.
        """
        drawer = self._drawer_name(request)
        order = Order(
            verb="open_drawer",
            resource_kind=KIND,
            resource_id=resource_id,
            workstation=request.workstation,
            operator_id=request.operator_id,
            body=body,
            request=body,
        )
        asked_at = asyncio.get_running_loop().time()

        async def perform(intent_id: str) -> None:
            opening = Opening(
                intent_id=intent_id,
                drawer=drawer,
                cause="NoSale",
                draft=order.draft,
                reason_code=redact_text(request.reason),
            )
            await self.open(opening, asked_at)

        claim = Claim(
            rights=frozenset({Right.NO_SALE}),
            workstation=request.workstation,
            operator_id=request.operator_id,
            approval_id=request.approval_id,
            resource=(KIND, resource_id),
            granted=granted,
        )
        return await self._acts.begin(order, perform, allow=lambda c: self._check(c, claim))

    async def get(self, resource_id: str) -> DrawerOpening | None:
        """The opening as it stands, or None when there is none of that id."""
        intent = await self._acts.known(KIND, resource_id)
        if intent is None:
            return None
        found = await self._journal.query(lambda c: opening_of_intent(c, intent.intent_id))
        if found is not None:
            return msgspec.structs.replace(found, id=resource_id)
        request = msgspec.json.decode(intent.request, type=DrawerOpeningRequest)
        return DrawerOpening(
            id=resource_id,
            state="opening",
            finished=False,
            drawer=self._drawer_name(request),
            cause="NoSale",
        )

    async def open(self, opening: Opening, asked_at: float) -> None:
        """Open a drawer for whoever has journalled the intent; the end is in the journal then.

        `asked_at` is the event loop's time of the wish. Never raises for the drawer's sake.
        """
        late = asyncio.get_running_loop().time() - asked_at > TOO_LATE_SECONDS
        draft = opening.event("Dropped", problem=_DROPPED) if late else await self._pulse(opening)
        await self._journal.append(draft)

    async def note_unknown(self, opening: Opening) -> None:
        """Journal that a crash left this opening unknown. It is not pulsed again."""
        await self._journal.append(opening.event("Unknown", problem=_RESTARTED))

    async def recover(self) -> None:
        """At start: an opening without an end may have happened. Never pulsed again."""
        for intent in await self._acts.open_intents("open_drawer"):
            request = msgspec.json.decode(intent.request, type=DrawerOpeningRequest)
            event = DrawerEvent(
                event="Unknown",
                intent_id=intent.intent_id,
                cause="NoSale",
                drawer_id=self._drawer_name_or(request, "?"),
                reason_code=request.reason,
                problem=_RESTARTED,
            )
            await self._journal.append(
                Draft(
                    payload=event,
                    workstation_id=intent.workstation,
                    operator_id=intent.operator_id,
                    api_idempotency_key=intent.resource_id,
                )
            )

    def notice(self, drawer: str, event: object) -> None:
        """Journal what the contact shows: openings that nobody asked for, and every closing."""
        if isinstance(event, DrawerOpened) and event.commanded:
            self._open.opened(drawer)
        elif isinstance(event, DrawerOpened):
            self._open.opened(drawer, BY_KEY)
            self._journal_later(
                DrawerEvent(event="Opened", cause="Manual", drawer_id=drawer, sensed=True)
            )
        elif isinstance(event, DrawerClosed):
            self._open.closed(drawer, event.open_ms)

    def see(self, state: DeviceState) -> None:
        """Take note of a drawer that came, open or closed, or went."""
        opened = (state.detail or {}).get("drawer_opened")
        if state.state is not Readiness.ONLINE:
            self._open.forget(state.name)
        elif opened:
            self._open.opened(state.name)

    def left_open(self) -> dict[str, str]:
        """By drawer that has been open for too long, what to do about it."""
        return {
            name: left_open_problem(name, seconds)
            for name, seconds in self._open.left_open().items()
        }

    def _journal_later(self, event: DrawerEvent) -> None:
        self._spawn(self._append(event))

    async def _append(self, event: DrawerEvent) -> None:
        await self._journal.append(Draft(payload=event))

    async def _pulse(self, opening: Opening) -> Draft:
        try:
            drawer = self._devices.cash_drawer(opening.drawer)
            self._open.pulsed(opening.drawer, Cause(opening.cause, opening.transaction_id))
            done = await drawer.open_drawer()
        except DeviceError as error:
            event = "Unknown" if error.outcome is Outcome.UNKNOWN else "Failed"
            return opening.event(event, problem=str(error))
        return opening.event("Opened", pulse=done.pulse, sensed=done.sensed)

    def _drawer_name(self, request: DrawerOpeningRequest) -> str:
        if not 0 < len(request.reason) <= 64:  # noqa: PLR2004 - told in the message
            raise InvalidRequestError("A reason has 1 to 64 characters.", "$.reason")
        return device_meant(
            self._configuration,
            "cash_drawer",
            device=request.drawer,
            workstation=request.workstation,
        )

    def _drawer_name_or(self, request: DrawerOpeningRequest, other: str) -> str:
        try:
            return self._drawer_name(request)
        except EdgeError:  # the configuration changed since
            return request.drawer or other


def _patience(configuration: Configuration) -> dict[str, float]:
    """By drawer, after how many seconds it is told as left open."""
    return {
        device.name: device.settings.left_open
        for device in configuration.devices
        if isinstance(device.settings, DrawerSettings)
    }


_DROPPED = "The drawer was not opened: the wish came too late. Open it by hand or ask again."
_RESTARTED = "The box was restarted while the drawer was opened. Look whether it is open."
