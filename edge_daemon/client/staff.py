"""People at registers: sign on and off, a manager's approval, hours, today's roster."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from edge_daemon.client.asking import Asking
from edge_daemon.client.connection import new_id


class SignOn(msgspec.Struct, frozen=True, kw_only=True):
    """One try to sign on: `state` is `signed_on` or `refused`, `problem` says what to do."""

    id: str
    state: str
    finished: bool = True
    workstation: str
    operator_id: str | None = None
    name: str | None = None
    roles: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()
    problem: str | None = None


class SignOff(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody is signed on at the workstation any more."""

    id: str
    finished: bool = True
    workstation: str
    operator_id: str | None = None


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """A manager's word, good for one act: `granted`, `used` or `refused`."""

    id: str
    state: str
    finished: bool = True
    workstation: str
    rights: tuple[str, ...] = ()
    approved_by: str | None = None
    asked_by: str | None = None
    expires_at: int | None = None
    problem: str | None = None


class WorkingTime(msgspec.Struct, frozen=True, kw_only=True):
    """One moment of somebody's day at work, as corrected."""

    id: str
    state: str
    finished: bool = True
    operator_id: str | None = None
    event: str
    occurred_at: int | None = None
    corrects: str | None = None
    corrected_by: str | None = None
    reason: str | None = None
    problem: str | None = None


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may use the registers; `working` is `in`, `break` or `out`."""

    operator_id: str
    name: str
    roles: tuple[str, ...]
    rights: tuple[str, ...]
    workstation: str | None = None
    working: str = "out"
    locked_until: int | None = None


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the roster, and whether they are there."""

    operator_id: str
    name: str
    location_id: str
    start: int
    end: int
    role: str | None = None
    working: str = "out"


class OperatorList(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who may use the registers."""

    operators: tuple[Operator, ...]


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """The shifts of a day."""

    day: str
    shifts: tuple[Shift, ...]


class WorkingTimes(msgspec.Struct, frozen=True, kw_only=True):
    """What was clocked on a day."""

    day: str
    working_times: tuple[WorkingTime, ...]


class StaffCalls(Asking):
    """The calls about people. A PIN goes to the box and is kept nowhere."""

    async def sign_on(
        self,
        operator_id: str | None = None,
        pin: str | None = None,
        *,
        badge: str | None = None,
        sign_on_id: str | None = None,
    ) -> SignOn:
        """Sign somebody on at our workstation, by PIN or badge; from then on we act for them."""
        body = self._proof(operator_id, pin, badge)
        answer = await self._box.act(SignOn, f"/v1/sign-ons/{sign_on_id or new_id()}", body)
        if answer.state == "signed_on":
            self.operator_id = answer.operator_id
        return answer

    async def sign_on_state(self, sign_on_id: str) -> SignOn:
        """How a try to sign on ended."""
        return await self._box.get(SignOn, f"/v1/sign-ons/{sign_on_id}")

    async def sign_off(self, *, sign_off_id: str | None = None) -> SignOff:
        """Sign whoever is at our workstation off."""
        path = f"/v1/sign-offs/{sign_off_id or new_id()}"
        answer = await self._box.act(SignOff, path, {"workstation": self.workstation})
        self.operator_id = None
        return answer

    async def sign_off_state(self, sign_off_id: str) -> SignOff:
        """A sign-off."""
        return await self._box.get(SignOff, f"/v1/sign-offs/{sign_off_id}")

    async def approve(  # noqa: PLR0913 - the fields of an approval
        self,
        rights: Sequence[str],
        operator_id: str | None = None,
        pin: str | None = None,
        *,
        badge: str | None = None,
        reason: str | None = None,
        approval_id: str | None = None,
        act_id: str | None = None,
    ) -> Approval:
        """Let a manager approve one act, by PIN or badge; name its id in that act.

        `act_id` is the id that the act will have; without it, one that needs these rights.
        """
        body = self._proof(operator_id, pin, badge) | {"rights": list(rights)}
        if self.operator_id is not None:
            body["asked_by"] = self.operator_id
        if reason is not None:
            body["reason"] = reason
        if act_id is not None:
            body["act_id"] = act_id
        return await self._box.act(Approval, f"/v1/approvals/{approval_id or new_id()}", body)

    async def approval(self, approval_id: str) -> Approval:
        """Whether an approval is there, used or refused."""
        return await self._box.get(Approval, f"/v1/approvals/{approval_id}")

    async def clock(
        self,
        event: Literal["clock_in", "clock_out", "break_start", "break_end"],
        operator_id: str | None = None,
        pin: str | None = None,
        *,
        badge: str | None = None,
        working_time_id: str | None = None,
    ) -> WorkingTime:
        """Clock in or out, begin or end a break."""
        body = self._proof(operator_id, pin, badge) | {"event": event}
        path = f"/v1/working-times/{working_time_id or new_id()}"
        return await self._box.act(WorkingTime, path, body)

    async def correct_hours(  # noqa: PLR0913 - the fields of a correction
        self,
        corrects: str,
        corrected_at: int,
        reason: str,
        operator_id: str | None = None,
        pin: str | None = None,
        *,
        badge: str | None = None,
        approval_id: str | None = None,
        working_time_id: str | None = None,
    ) -> WorkingTime:
        """Say that a working time was at another moment (microseconds since 1970 UTC), and why."""
        body = self._proof(operator_id, pin, badge) | {
            "event": "correction",
            "corrects": corrects,
            "corrected_at": corrected_at,
            "reason": reason,
        }
        if approval_id is not None:
            body["approval_id"] = approval_id
        path = f"/v1/working-times/{working_time_id or new_id()}"
        return await self._box.act(WorkingTime, path, body)

    async def working_time(self, working_time_id: str) -> WorkingTime:
        """One moment of somebody's day."""
        return await self._box.get(WorkingTime, f"/v1/working-times/{working_time_id}")

    async def working_times(
        self, day: str | None = None, operator_id: str | None = None
    ) -> tuple[WorkingTime, ...]:
        """What was clocked on a day (`YYYY-MM-DD`), today where none is named."""
        query = {"day": day, "operator_id": operator_id}
        given = {name: value for name, value in query.items() if value is not None}
        found = await self._box.get(WorkingTimes, "/v1/working-times", **given)
        return found.working_times

    async def operators(self) -> tuple[Operator, ...]:
        """Who may use the registers, and where they are."""
        return (await self._box.get(OperatorList, "/v1/operators")).operators

    async def roster(self, day: str | None = None) -> tuple[Shift, ...]:
        """Who should be there on a day (`YYYY-MM-DD`), and who is."""
        query = {} if day is None else {"day": day}
        return (await self._box.get(Roster, "/v1/roster", **query)).shifts

    def _proof(
        self, operator_id: str | None, pin: str | None, badge: str | None
    ) -> dict[str, object]:
        proof = {"operator_id": operator_id, "pin": pin, "badge": badge}
        given = {name: value for name, value in proof.items() if value is not None}
        return {"workstation": self.workstation, **given}
