import asyncio

from central_office.gaps import PIECE, GapWatch, piece
from central_office.ingest import Standing
from edge_daemon.mqtt import EdgeTopics
from tests.entries import EDGE, EPOCH, ORGANIZATION, STORE

HEAD = 3 * PIECE
Asked = list[tuple[int, int]]


def stands(up_to_seq: int, last: int = HEAD) -> Standing:
    missing = (up_to_seq + 1, last) if last > up_to_seq else None
    topics = EdgeTopics(ORGANIZATION, STORE, EDGE)
    return Standing(topics, EPOCH, up_to_seq, "ab" * 32, None, missing)


class Watch:
    def __init__(self) -> None:
        self.asked: Asked = []
        self._rung = asyncio.Event()
        self.gaps = GapWatch(0.001, self._ask)

    def _ask(self, standing: Standing, first: int) -> None:
        wanted = piece(standing, first)
        assert wanted is not None
        self.asked.append(wanted)
        self._rung.set()

    async def rings(self) -> None:
        self._rung.clear()
        async with asyncio.timeout(20):
            await self._rung.wait()

    def sees(self, standing: Standing) -> Asked:
        """What is asked for at once."""
        self.asked.clear()
        self.gaps.see(standing)
        return list(self.asked)


async def test_a_long_hole_is_asked_for_in_pieces_the_next_when_half_of_the_last_is_here() -> None:
    watch = Watch()
    assert watch.sees(stands(0)) == []
    await watch.rings()
    assert watch.asked[0] == (1, PIECE)
    assert watch.sees(stands(PIECE // 2 - 1)) == []
    assert watch.sees(stands(PIECE // 2)) == [(PIECE + 1, 2 * PIECE)]
    assert watch.sees(stands(2 * PIECE)) == [(2 * PIECE + 1, HEAD)]
    assert watch.sees(stands(2 * PIECE + 1)) == []
    watch.gaps.close()


async def test_what_an_edge_sends_by_itself_is_not_asked_for() -> None:
    watch = Watch()
    watch.sees(stands(2, last=4))
    await watch.rings()
    assert watch.asked[0] == (3, 4)
    assert watch.sees(stands(5)) == []
    await watch.rings()
    assert watch.asked[0] == (6, 5 + PIECE)
    assert watch.sees(stands(6 + PIECE)) == []
    watch.gaps.close()


async def test_a_piece_that_does_not_come_is_asked_for_again() -> None:
    watch = Watch()
    watch.sees(stands(0))
    await watch.rings()
    await watch.rings()
    assert watch.asked[:2] == [(1, PIECE)] * 2
    watch.gaps.close()
