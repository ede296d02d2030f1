"""The ledger proof in its quick form; the long one is `python -m tests.long.payment_ledger`.

Nothing here says what must not happen: the oracle does (`tests.stories.ledger.oracle`), after every
step. An evening that fails tells its seed and its whole story.
"""

import pytest

from tests.stories.ledger.evening import Evening
from tests.stories.ledger.tally import Tally
from tests.stories.ledger.terminals import TERMINALS
from tests.stories.ledger.trouble import draw_another_amount

STEPS = 15
FIRST_SEED = 1
FAULTS = {
    "zvt auto_reversal": 50,
    "zvt keep_silently": 50,
    "zvt keep_and_sync_1F1F": 40,
    "zvt shared_1F1F": 30,
    "zvt no_repeat_receipt": 30,
    "zvt-serial auto_reversal": 60,
    "zvt-serial keep_silently": 60,
    "zvt-serial keep_and_sync_1F1F": 50,
    "zvt-serial no_repeat_receipt": 30,
    "nexo": 200,
    "nexo_cloud sync": 100,
    "nexo_cloud async": 100,
    "opi": 200,
    "caisse_ap": 200,
}
"""At least so many in each; 200 and more for every protocol."""
KILLS = {"zvt keep_silently": 8, "zvt keep_and_sync_1F1F": 6, "nexo": 8}
"""`kill -9` of the installed daemon, at least so many in each; 20 and more in all."""

CANNOT_BE_ASKED = {"zvt no_repeat_receipt", "zvt-serial no_repeat_receipt", "caisse_ap"}

pytestmark = [pytest.mark.timeout(900), pytest.mark.alone]


async def _evenings(name: str, *, faults: int = 0, kills: int = 0) -> Tally:
    """Play evenings until as much has gone wrong as is wanted."""
    total, seed = Tally(), FIRST_SEED

    def enough(tonight: Tally) -> bool:
        return total.faults + tonight.faults >= faults and total.kills + tonight.kills >= kills

    while not enough(Tally()):
        evening = Evening(TERMINALS[name], seed, kills=bool(kills))
        total.add(await evening.play(STEPS, enough))
        seed += 1
    return total


@pytest.mark.parametrize(("name", "faults"), FAULTS.items(), ids=FAULTS)
async def test_the_till_s_books_and_the_terminal_s_agree_after_every_evening(
    name: str, faults: int
) -> None:
    tally = await _evenings(name, faults=faults)
    assert tally.wrong == 0
    assert tally.in_doubt == tally.resolved + tally.manual
    assert tally.in_doubt > 0
    assert tally.resolved > 0 or name in CANNOT_BE_ASKED


@pytest.mark.parametrize(("name", "kills"), KILLS.items(), ids=KILLS)
async def test_the_books_agree_when_the_daemon_is_killed(name: str, kills: int) -> None:
    tally = await _evenings(name, kills=kills)
    assert tally.wrong == 0
    assert tally.in_doubt > 0


async def test_no_other_amount_is_ever_taken_for_ours() -> None:
    evening = Evening(TERMINALS["zvt auto_reversal"], FIRST_SEED, drawn=draw_another_amount)
    tally = await evening.play(STEPS)
    assert tally.wrong == 0
    assert tally.by_fault["wrong_amount"] > 0


def test_every_protocol_has_two_hundred_faults_and_twenty_daemons_are_killed() -> None:
    protocols = {name.split()[0] for name in FAULTS}
    for protocol in protocols:
        assert sum(FAULTS[name] for name in FAULTS if name.split()[0] == protocol) >= 200
    assert {name.split()[0] for name in TERMINALS} == protocols
    assert sum(KILLS.values()) >= 20
