"""One evening: steps in a row, what goes wrong in each, and the person who decides."""

import asyncio
import contextlib
import pathlib
import random
from collections.abc import Callable, Coroutine
from typing import Any

from edge_daemon.records.payloads import PaymentState, TransactionStatus
from tests.stories.counter import PowerCut
from tests.stories.ledger.acts import Register
from tests.stories.ledger.oracle import Oracle, Verdict
from tests.stories.ledger.shop import Shop
from tests.stories.ledger.tally import Tally
from tests.stories.ledger.till import Paid
from tests.stories.ledger.trouble import Strike, Trouble, draw, draw_kill
from tests.stories.ledger.under_test import TerminalUnderTest

REPEATS = 0.35
"""How often a register makes its calls once more."""
OPENED = 0.9
"""How often the terminal shows something when the first fault strikes."""
UNDECIDED = 0.15
"""How often nobody decides in the step in which the question comes."""
DRAWER = {"operator_id": "op-9", "reason": "the terminal's journal says so"}


class EveningError(AssertionError):
    """Raised when the oracle finds something wrong; holds the story up to then."""


class Evening:
    """An evening in one shop.

    Args:
        terminal: Makes the terminal.
        seed: Of everything that is drawn.
        kills: The daemon lives in a process of its own for each step, and is killed in it.
        drawn: What goes wrong is drawn by this.
    """

    def __init__(
        self,
        terminal: Callable[[pathlib.Path], TerminalUnderTest],
        seed: int,
        *,
        kills: bool = False,
        drawn: Callable[[random.Random, TerminalUnderTest], Trouble] = draw,
    ) -> None:
        self.story: list[str] = []
        self.tally = Tally()
        self._seed = seed
        self._kills = kills
        self._draw = draw_kill if kills else drawn
        self._shop = Shop(terminal, seed)
        self._register = Register(self._shop)
        self._oracle = Oracle(self._shop.terminal)
        self._struck = asyncio.Event()
        self._act: asyncio.Task[None] | None = None

    async def play(self, steps: int, enough: Callable[[Tally], bool] = lambda _: False) -> Tally:
        """Play so many steps, or until it is enough, and close the evening.

        Raises:
            EveningError: The books differ by what they must not.
        """
        async with self._shop:
            await self._shop.open()
            await self._shop.settle()
            await self._open_the_day(random.Random(self._seed))  # noqa: S311
            for step in range(1, steps + 1):
                self._shop.till.step = step
                await self._play_step(random.Random(f"{self._seed}:{step}"))  # noqa: S311
                if enough(self.tally):
                    break
            self._shop.till.step += 1
            await self._close(random.Random(f"{self._seed}:close"))  # noqa: S311
            self.tally.close(self._shop.till)
            self.tally.mistaken = len(self._oracle.mistaken)
            return self.tally

    async def _open_the_day(self, chance: random.Random) -> None:
        """On most evenings the terminal has taken payments before."""
        self._begin()
        self.story.append("0. the shop opens")
        if chance.random() < OPENED:
            await self._register.take(1000)
            await self._settle()
        self._end()

    async def _play_step(self, chance: random.Random) -> None:
        self._begin()
        terminal = self._shop.terminal
        trouble = self._draw(chance, terminal)
        act = self._register.draw(chance)
        if self._kills:
            await self._shop.open_outside()
        dying = self._arm(trouble)
        await self._run(act, trouble, dying)
        self._note(trouble, dying)
        self.story.append(f"{self._shop.till.step}. {self._register.said} -- {trouble}")
        await self._come_back(trouble)
        await self._sign(chance)
        if chance.random() < REPEATS:
            await self._register.repeat()
            await self._settle()
        self._end()
        if chance.random() > UNDECIDED:
            await self._decide()
        self.tally.steps += 1

    def _begin(self) -> None:
        self._struck.clear()
        self._shop.terminal.begin_step()
        self._oracle.begin_step()

    def _end(self) -> None:
        """Hold the books against each other, and tell the step's payments."""
        till = self._shop.till
        verdict = self._oracle.end_step(till)
        self.story += [f"     {self._oracle.tell(paid)}" for paid in till.of_step(till.step)]
        self._refuse(verdict)

    def _refuse(self, verdict: Verdict) -> None:
        self.tally.by_reason.update(verdict.reasons)
        if verdict.wrong:
            self.tally.wrong += len(verdict.wrong)
            where = f"seed {self._seed}, step {self._shop.till.step}"
            raise EveningError("\n".join([where, *self.story, "wrong:", *verdict.wrong]))

    # --- one step ---

    def _arm(self, trouble: Trouble) -> PowerCut | None:
        for fault in trouble.faults:
            self._shop.terminal.faults.switch(fault, on=True)
        if trouble.strike is not None:
            self._shop.wire.arm(
                trouble.passage,
                arrives=trouble.arrives,
                strike=lambda: self._strike(trouble.strike),
            )
        if trouble.commit:
            return PowerCut(self._shop.daemon, trouble.commit, after=trouble.after)
        return None

    def _strike(self, strike: Strike | None) -> None:
        """Let it happen, right now."""
        if strike is Strike.CUT:
            self._shop.wire.cut()
        if strike in {Strike.CRASH, Strike.BOTH_DIE}:
            self._shop.lose_power()
        if strike in {Strike.POWER_CUT, Strike.BOTH_DIE}:
            self._shop.power_cut()
        if strike is Strike.LEAVE and self._act is not None:
            self._act.cancel()
        if strike is Strike.KILL:
            self._shop.kill()
        self._struck.set()

    async def _run(
        self,
        act: Callable[[], Coroutine[Any, Any, None]],
        trouble: Trouble,
        dying: PowerCut | None,
    ) -> None:
        """Let the register act until it is done or the daemon is dead."""
        self._act = asyncio.create_task(act())
        deaths = []
        if dying is not None:
            deaths.append(asyncio.create_task(dying.happened.wait()))
        if trouble.strike in {Strike.CRASH, Strike.BOTH_DIE, Strike.KILL}:
            deaths.append(asyncio.create_task(self._struck.wait()))
        await asyncio.wait({self._act, *deaths}, return_when=asyncio.FIRST_COMPLETED)
        if any(death.done() for death in deaths) and not self._kills:
            await self._shop.crash()
        for task in deaths:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._act

    def _note(self, trouble: Trouble, dying: PowerCut | None) -> None:
        """Count what has really struck, and let nothing strike any more."""
        faults = self._shop.terminal.faults
        for fault in trouble.faults:
            lasting = fault in self._shop.terminal.lasting
            if lasting or fault not in faults:
                self.tally.struck(fault)
            faults.switch(fault, on=False)
            if fault in self._shop.terminal.needs_its_plug_pulled:
                self._shop.power_cut()
        self._shop.wire.disarm()
        if self._struck.is_set() and trouble.strike is not None:
            self.tally.struck(trouble.strike.value)
            self.tally.kills += trouble.strike is Strike.KILL
        if dying is None:
            return
        if dying.happened.is_set():
            self.tally.struck("the daemon loses power at a commit")
        else:
            dying.withdraw()

    async def _come_back(self, trouble: Trouble) -> None:
        """Let everything come back, and wait until nothing moves."""
        await self._shop.bury()
        if trouble.strike is Strike.LEAVE and self._shop.open_in_process:
            await self._shop.ask("GET", "/v1/health")  # what it sent before it left is read by now
        if not self._shop.open_in_process:
            await self._shop.open()
            if trouble.again:
                await self._die_again(trouble.again)
        await self._settle()

    async def _die_again(self, commit: int) -> None:
        cut = PowerCut(self._shop.daemon, commit, after=False)
        settling = asyncio.create_task(self._shop.settle())
        dying = asyncio.create_task(cut.happened.wait())
        await asyncio.wait({settling, dying}, return_when=asyncio.FIRST_COMPLETED)
        settling.cancel()
        dying.cancel()
        await asyncio.gather(settling, dying, return_exceptions=True)
        if cut.happened.is_set():
            self.tally.struck("the daemon loses power while it resolves")
            await self._shop.crash()
            await self._shop.open()
        else:
            cut.withdraw()

    async def _settle(self) -> None:
        try:
            await self._shop.settle()
        except TimeoutError as error:
            await self._shop.read()
            self._refuse(Verdict(wrong=[f"it does not come to rest: {error}"]))

    async def _sign(self, chance: random.Random) -> None:
        """The cashier compares the signatures that are awaited."""
        for paid in list(self._shop.till.payments.values()):
            if paid.state is PaymentState.AWAITING_SIGNATURE:
                accepted = chance.random() < 0.7
                body = {"accepted": accepted, "operator_id": "op-17"}
                await self._shop.ask("POST", f"/v1/payments/{paid.id}/signature", body)
                await self._settle()

    # --- people ---

    async def _decide(self) -> None:
        """Somebody reads the terminal's journal, and decides every question."""
        for paid in self._questions():
            state = self._oracle.truth(paid)
            answer = await self._shop.ask(
                "POST", f"/v1/payments/{paid.id}/resolve", {"state": state, **DRAWER}
            )
            assert answer.status == 200, answer
            self.story.append(f"     a person decides: {paid.id} is {state}")
        await self._settle()

    def _questions(self) -> list[Paid]:
        payments = self._shop.till.payments.values()
        return [paid for paid in payments if paid.state is PaymentState.MANUAL_REVIEW]

    async def _close(self, chance: random.Random) -> None:
        """End what is open, and compare the sums."""
        self._begin()
        self.story.append("the evening is closed")
        if chance.random() < 0.5:
            await self._decide()
        for sale in list(self._shop.till.sales.values()):
            if sale.status is TransactionStatus.AWAITING_TENDER:
                await self._register.finish(sale)
                await self._settle()
        for paid in self._shop.till.refunds_due():
            self._end()
            self._shop.till.step += 1
            self._begin()
            await self._register.give_back(paid)
            await self._settle()
        self._end()
        self._refuse(self._oracle.compare_sums(self._shop.till))
        self._refuse(Verdict(wrong=await self._shop.what_the_daemon_says_otherwise()))
