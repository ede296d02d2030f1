"""The counter on which a scenario is played: does one step after the other."""

import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from http import HTTPStatus
from typing import Any, Final, Self

import httpx
from ulid import ULID

from simulators.control import Json, UnknownNameError, unknown
from simulators.playing.matching import differences
from simulators.playing.scenario import Step
from simulators.playing.verbs import BARE_VERBS, CARD_VERBS
from simulators.shop.configuration import OPERATOR_ID
from simulators.testing import Counter, Device

LOOK_SECONDS: Final = 0.05
"""Between two looks at what must be."""
CALL_SECONDS: Final = 120.0
"""For an answer of the box, power cuts included."""
LAST_OUTPUT: Final = 2000
"""Characters of what a program said last, which are shown when it failed."""


class StepError(Exception):
    """Raised when a step did not come out as it should; the message says what was found."""


class Stage:
    """One counter, and the answers that its box has given."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._calls: dict[str, Future[Json]] = {}
        self._unheard: list[Future[Json]] = []
        self._workers = ThreadPoolExecutor(thread_name_prefix="scenario")
        self._box = httpx.Client(
            base_url=counter.url,
            headers={"Authorization": f"Bearer {counter.token}"},
            timeout=CALL_SECONDS,
            trust_env=False,
        )
        self._verbs: Mapping[str, Callable[[Step], None]] = {
            "scan": self._scan,
            **dict.fromkeys(CARD_VERBS, self._present),
            **dict.fromkeys(BARE_VERBS, self._act),
            "hand": self._hand,
            "fault": self._fault,
            "sell": self._sell,
            "put": self._put,
            "run": self._run,
            "expect": self._expect,
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._box.close()

    def play(self, step: Step) -> None:
        """Do one step.

        Raises:
            StepError: It did not come out as it should.
        """
        try:
            self._verbs[step.verb](step)
        except (UnknownNameError, ValueError, LookupError, httpx.HTTPError, OSError) as error:
            raise StepError(str(error)) from error

    def finish(self, seconds: float) -> None:
        """Wait for the calls that no step has waited for.

        Raises:
            StepError: One was refused, or has not ended.
        """
        for call in self._unheard:
            self._answer(call, seconds)

    # --- people ---

    def _scan(self, step: Step) -> None:
        code = step.argument
        self._counter.scanner.hand("scan", **(code if isinstance(code, dict) else {"data": code}))

    def _present(self, step: Step) -> None:
        self._counter.terminal.hand(step.verb, **({"card": step.argument} if step.argument else {}))

    def _act(self, step: Step) -> None:
        if step.verb == "refuse":
            self._counter.terminal.hand("refuse")
        else:
            getattr(self._counter, step.verb)()

    def _hand(self, step: Step) -> None:
        more = {name: value for name, value in step.argument.items() if name != "device"}
        self._device(step.argument["device"]).hand(**more)

    def _fault(self, step: Step) -> None:
        device = self._device(step.argument["device"])
        device.fail(step.argument["name"], on=step.argument.get("on", True))

    def _device(self, name: str) -> Device:
        return self._counter.device(name)

    # --- the box ---

    def _sell(self, step: Step) -> None:
        sale = {name: value for name, value in step.argument.items() if name != "as"}
        body = {"workstation": self._counter.workstation, "operator_id": OPERATOR_ID} | sale
        self._call("/v1/sales/{id}", body, step.argument.get("as"))

    def _put(self, step: Step) -> None:
        self._call(step.argument["path"], step.argument.get("body", {}), step.argument.get("as"))

    def _call(self, path: str, body: Json, name: str | None) -> None:
        call = self._workers.submit(self._ask, path.replace("{id}", str(ULID())), body)
        self._unheard.append(call)
        if name is not None:
            self._calls[name] = call

    def _ask(self, path: str, body: Json) -> Json:
        """Put, and again until there is an end: the id makes that harmless."""
        deadline = time.monotonic() + CALL_SECONDS
        while True:
            try:
                response = self._box.put(path, json=body, params={"wait": 30})
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                threading.Event().wait(LOOK_SECONDS)
                continue
            answer: Json = response.json()
            if response.is_error:
                raise StepError(f"{path} was refused with {response.status_code}: {answer}")
            if response.status_code != HTTPStatus.ACCEPTED:
                return answer

    def _answer(self, call: Future[Json], seconds: float) -> Json:
        try:
            return call.result(seconds)
        except LateError:
            raise StepError(f"The box has not answered after {seconds:g} s.") from None
        finally:
            if call.done() and call in self._unheard:
                self._unheard.remove(call)

    # --- other programs ---

    def _run(self, step: Step) -> None:
        environment = os.environ | {
            "POS_URL": self._counter.url,
            "POS_TOKEN": self._counter.token,
            "POS_CONTROL_URL": self._counter.control_url,
        }
        try:
            done = subprocess.run(  # noqa: S603 - the scenario's author chose the program
                step.argument,
                env=environment,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=step.within,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise StepError(f"It has not ended after {step.within:g} s.") from None
        if done.returncode:
            said = (done.stdout + done.stderr)[-LAST_OUTPUT:].strip()
            raise StepError(f"It ended with {done.returncode}:\n{said}")

    # --- what must be ---

    def _expect(self, step: Step) -> None:
        deadline = time.monotonic() + step.within
        for name in step.argument:
            if name in self._calls:
                self._answer(self._calls[name], max(deadline - time.monotonic(), 0))
        while found := [*self._differences(step.argument)]:
            if time.monotonic() >= deadline:
                raise StepError(f"After {step.within:g} s: {'; '.join(found)}.")
            threading.Event().wait(LOOK_SECONDS)

    def _differences(self, wanted: Mapping[str, Any]) -> list[str]:
        return [
            difference
            for name, value in wanted.items()
            for difference in differences(value, self._look(name), name)
        ]

    def _look(self, name: str) -> object:
        """What is there by this name: an answer, the receipts, the journal, or a device."""
        if name in self._calls:
            return self._calls[name].result()
        match name:
            case "receipt":
                return receipts[-1].text if (receipts := self._counter.receipts) else None
            case "receipts":
                return len(self._counter.receipts)
            case "journal":
                return self._counter.journal()
        try:
            return self._counter.device(name).state
        except LookupError:
            seen = (*self._calls, *self._counter.devices, "receipt", "receipts", "journal")
            known = dict.fromkeys(seen)
            raise UnknownNameError(unknown("answer or device", name, known)) from None
