"""What is in force, what is coming, and what is wrong with it.

Theory of operation. The relay subscribes to what `wanted` names and hands over what comes, in
turn. A manifest that is news makes its chunks wanted, a few at a time; each is checked and kept as
it comes, and the last one brings the whole set into force, if its hash fits. The chunks are
retained by the broker, so nothing that goes wrong on the way loses anything: another manifest, a
reconnect or a restart goes on with what is still missing. After each chunk the disk is left alone
for as long as the chunk took: a sale that comes meanwhile waits for one at most.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from edge_daemon.errors import JournalFullError
from edge_daemon.master_data.kinds import (
    CONFIG,
    DELTA_LIMIT,
    KINDS,
    Lists,
    SetKind,
)
from edge_daemon.master_data.storage import Held, Storage, Whole
from edge_daemon.records import RecordError
from edge_daemon.records.master_data import CHUNK_LIMIT, NOWHERE, SCHEMA_VERSION, CatalogueChunk
from edge_daemon.records.messages import Config, Manifest, decode_message
from edge_daemon.state import StateStore

CHUNKS_AHEAD = 4
"""Chunks of one set that are asked for at once: 1 MiB of memory."""
PATIENCE_SECONDS = 30.0
"""After which a chunk that has not come is told to the office."""
MERGED_DELTAS = 256
"""At so many deltas most of them become one."""
FOLLOWED_DELTAS = 32
"""The newest, which are not merged."""
REASON_LENGTH = 200
"""Characters of a reason: it travels in every status."""
_CONFIG_VALUE = "office_config"


class Wanted(NamedTuple):
    """A topic behind `office/`; a new `turn` asks for what is retained there once more."""

    name: str
    turn: int


class Coming(NamedTuple):
    """A version that is on its way, and how many of its parts are here."""

    version: int
    arrived: int
    parts: int


class LocalPart(NamedTuple):
    """A part of a set that the shop brings itself."""

    import_id: str
    number: int
    parts: int


class LocalState(NamedTuple):
    """What is missing of a local set, and its version once it is in force."""

    missing: tuple[int, ...]
    version: int | None


class _Coming:
    """A set on its way."""

    def __init__(self, whole: Whole, here: set[int], turn: int) -> None:
        self.whole = whole
        self.missing = [number for number in range(whole.chunk_count) if number not in here]
        self.turn = turn
        self.due_at = asyncio.get_running_loop().time() + PATIENCE_SECONDS

    @property
    def next(self) -> list[int]:
        return self.missing[:CHUNKS_AHEAD]


class MasterData:
    """Keeps what the office sends. Call `load` before anything else."""

    def __init__(self, state: StateStore) -> None:
        self._state = state
        self._storage = Storage(state)
        self._held: dict[str, Held] = {}
        self._coming: dict[str, _Coming] = {}
        self._config: Config | None = None
        self._rejected: dict[str, str] = {}
        self._confirmed: dict[str, Any] = {}
        self._listeners: list[Callable[[str], None]] = []
        self._turn = 0

    async def load(self) -> None:
        """Read what was kept.

        Raises:
            JournalError: The disk failed; the process has to exit.
        """
        await self._storage.open()
        for name in KINDS:
            held = await self._storage.held(name)
            if held is not None:
                self._held[name] = held
        kept = await self._state.get_value(_CONFIG_VALUE)
        self._config = None if kept is None else decode_message(Config, kept)

    # --- for readers ---

    def version(self, kind: SetKind[Lists]) -> int | None:
        """The version in force; None before the first."""
        held = self._held.get(kind.name)
        return None if held is None else held.version

    def coming(self, kind: SetKind[Lists]) -> Coming | None:
        """What is on its way from the office; None while nothing is."""
        found = self._coming.get(kind.name)
        if found is None:
            return None
        parts = found.whole.chunk_count
        return Coming(found.whole.version, parts - len(found.missing), parts)

    def leads_on(self, kind: SetKind[Lists], version: int) -> bool:
        """True when what is in force is `version` and the deltas behind it."""
        held = self._held.get(kind.name)
        return held is not None and version in held.versions

    async def parts(
        self, kind: SetKind[Lists], *, after: int | None = None
    ) -> AsyncIterator[Lists]:
        """What is in force, slice by slice: the whole set, then what changed since, in order.

        Args:
            kind: Which set.
            after: Only what changed behind this version, where `leads_on` says so.

        Raises:
            MasterDataChangedError: A newer set has come meanwhile: begin again.
        """
        async for data in self.raw_parts(kind, after=after):
            yield kind.read(data)

    async def raw_parts(
        self, kind: SetKind[Lists], *, after: int | None = None
    ) -> AsyncIterator[bytes]:
        """The same as `parts`, as they came: JSON that was found right."""
        held = self._held.get(kind.name)
        position = 0
        if held is not None and after is not None and after in held.versions:
            position = held.whole.chunk_count + held.versions.index(after)
        while held is not None:
            data = await self._storage.part(kind.name, held, position)
            if data is None:
                return
            yield data
            position += 1

    def confirmed(self, kind: SetKind[Lists]) -> Lists | None:
        """What the office said last of the version in force while nothing changed, if anything.

        It is not kept over a restart: the office says it again within minutes.
        """
        delta = self._confirmed.get(kind.name)
        return delta if delta is not None and delta.to_version == self.version(kind) else None

    async def put_local(
        self, kind: SetKind[Lists], part: "LocalPart", lists: CatalogueChunk
    ) -> "LocalState":
        """Take one part of a whole set that the shop brings itself, where no office sends any.

        It is in force once all parts are here; another import, or the same with another number
        of parts, begins anew.

        Raises:
            JournalFullError: The disk is full.
            JournalError: The disk failed; the process has to exit.
        """
        held = self._held.get(kind.name)
        if held is not None and held.whole.hash == part.import_id:
            return LocalState((), held.version)
        whole = Whole(self.next_version(kind), part.import_id, part.parts)
        kept = await self._storage.coming(kind.name)
        here: set[int] = set() if kept is None or kept[0] != whole else kept[1]
        if kept is None or kept[0] != whole:
            await self._storage.begin(kind.name, whole)
        await self._storage.put_chunk(kind.name, part.number, msgspec.json.encode(lists))
        here.add(part.number)
        missing = tuple(number for number in range(part.parts) if number not in here)
        if missing:
            return LocalState(missing, None)
        await self._storage.put_in_force(kind.name)
        await self._came_into_force(kind.name)
        return LocalState((), whole.version)

    def next_version(self, kind: SetKind[Lists]) -> int:
        """Under which a local set will come into force."""
        return (self.version(kind) or 0) + 1

    @property
    def configuration(self) -> Config | None:
        """What the office has set; None before it has."""
        return self._config

    def on_change(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the name of what has come into force."""
        self._listeners.append(listener)

    # --- for the relay ---

    @property
    def versions(self) -> dict[str, int]:
        """What is in force, by name."""
        found = {name: held.version for name, held in self._held.items()}
        if self._config is not None:
            found[CONFIG] = self._config.version
        return found

    @property
    def news(self) -> dict[str, int]:
        """`versions`, without the steps of a set that never stands still."""
        found = self.versions
        for name, kind in KINDS.items():
            if kind.merge is not None and name in self._held:
                found[name] = self._held[name].whole.version
        return found

    @property
    def rejected(self) -> dict[str, str]:
        """What was not taken, by name, and why."""
        return dict(self._rejected)

    @property
    def wanted(self) -> Sequence[Wanted]:
        """The topics to be subscribed to now."""
        steady = [Wanted(CONFIG, 0)]
        for name in KINDS:
            steady += [Wanted(f"{name}/manifest", 0), Wanted(f"{name}/delta", 0)]
        return steady + [
            Wanted(f"{name}/chunk/{number}", coming.turn)
            for name, coming in self._coming.items()
            for number in coming.next
        ]

    @property
    def due_at(self) -> float | None:
        """When, in the loop's seconds, to call `look`; None when nothing is awaited."""
        moment = min((coming.due_at for coming in self._coming.values()), default=math.inf)
        return None if moment == math.inf else moment

    def look(self) -> None:
        """Tell of chunks that should have come by now. They stay wanted."""
        now = asyncio.get_running_loop().time()
        for name, coming in self._coming.items():
            if coming.due_at <= now:
                coming.due_at = math.inf
                if name not in self._rejected:
                    self._reject(
                        name,
                        f"Chunk {coming.next[0]} of the {coming.whole.chunk_count} of version"
                        f" {coming.whole.version} does not come.",
                    )

    async def hear(self, topic: str, payload: bytes) -> bool:
        """Take what came on a topic behind `office/`. Nothing wrong with it is ever raised.

        Returns:
            True when the office should be told what is here: a delta does not follow it.

        Raises:
            JournalError: The disk failed; the process has to exit.
        """
        name, _, kind = topic.partition("/")
        if not payload:  # a retained message was deleted
            return False
        try:
            if topic == CONFIG:
                await self._hear_config(payload)
            elif name in KINDS and kind == "manifest":
                await self._hear_manifest(name, payload)
            elif name in KINDS and kind == "delta":
                return await self._hear_delta(name, payload)
            elif name in KINDS:
                await self._hear_chunk(name, kind.removeprefix("chunk/"), payload)
        except (RecordError, JournalFullError) as error:
            self._reject(name, str(error))
        return False

    # --- manifest and chunks ---

    async def _hear_manifest(self, name: str, payload: bytes) -> None:
        manifest = decode_message(Manifest, payload)
        whole = Whole(manifest.version, manifest.hash, manifest.chunk_count)
        held = self._held.get(name)
        if held is not None and self._is_known(name, held, whole):
            self._rejected.pop(name, None)
            return
        self._check(manifest, held)
        kept = await self._storage.coming(name)
        if kept is None or kept[0] != whole:
            await self._storage.begin(name, whole)
            kept = (whole, set())
        self._turn += 1
        self._coming[name] = _Coming(*kept, self._turn)
        self._rejected.pop(name, None)
        await self._finish(name)

    def _is_known(self, name: str, held: Held, whole: Whole) -> bool:
        """It is in force, or deltas have led beyond it; where they are merged, or there."""
        if whole == held.whole or whole.version in held.versions[1:-1]:
            return True
        merges = KINDS[name].merge is not None
        return merges and held.whole.version < whole.version <= held.version

    def _check(self, manifest: Manifest, held: Held | None) -> None:
        _check_schema(manifest.schema_version)
        if manifest.chunk_count > CHUNK_LIMIT:
            raise RecordError(
                f"Version {manifest.version} has {manifest.chunk_count} chunks; at most"
                f" {CHUNK_LIMIT} are taken."
            )
        if held is None:
            return
        if manifest.version < held.version:
            raise RecordError(
                f"Version {manifest.version} is older than {held.version}, which is in force."
            )
        if manifest.version == held.whole.version:
            raise RecordError(f"There is another version {manifest.version}, and it is in force.")

    async def _hear_chunk(self, name: str, number: str, payload: bytes) -> None:
        coming = self._coming.get(name)
        if coming is None or number not in [str(each) for each in coming.next]:
            return
        chunk = decode_message(KINDS[name].chunk, payload)
        if (chunk.version, chunk.number) != (coming.whole.version, int(number)):
            raise RecordError(
                f"On the topic of chunk {number} is chunk {chunk.number} of version"
                f" {chunk.version}; the manifest says version {coming.whole.version}."
            )
        loop = asyncio.get_running_loop()
        began = loop.time()
        await self._storage.put_chunk(name, chunk.number, payload)
        await asyncio.sleep(loop.time() - began)
        coming.missing.remove(chunk.number)
        coming.due_at = loop.time() + PATIENCE_SECONDS
        self._rejected.pop(name, None)
        await self._finish(name)

    async def _finish(self, name: str) -> None:
        """Bring the set into force once nothing is missing."""
        coming = self._coming[name]
        if coming.missing:
            return
        del self._coming[name]
        held = self._held.get(name)
        if held is not None and held.version > coming.whole.version:
            await self._storage.drop(name)  # deltas were faster
            return
        if await self._storage.coming_hash(name, coming.whole) != coming.whole.hash:
            await self._storage.drop(name)
            raise RecordError(
                f"The chunks of version {coming.whole.version} do not have the manifest's hash."
            )
        await self._storage.put_in_force(name)
        await self._came_into_force(name)

    # --- deltas and configuration ---

    async def _hear_delta(self, name: str, payload: bytes) -> bool:
        delta = decode_message(KINDS[name].delta, payload)
        _check_schema(delta.schema_version)
        held = self._held.get(name)
        if held is None or delta.from_version != held.version:
            if delta.from_version == NOWHERE and held is not None:
                self._confirmed[name] = delta
            return held is None or delta.to_version > held.version
        if delta.to_version <= delta.from_version:
            raise RecordError(f"A delta leads from {delta.from_version} to {delta.to_version}.")
        if len(held.versions) > DELTA_LIMIT:
            raise RecordError(
                f"{DELTA_LIMIT} deltas stand behind version {held.whole.version}: send a whole set."
            )
        await self._storage.put_delta(name, delta.from_version, delta.to_version, payload)
        await self._merge_deltas(KINDS[name], len(held.versions))
        await self._came_into_force(name)
        return False

    async def _merge_deltas(self, kind: SetKind[Any], deltas: int) -> None:
        """Where there is no end of them, keep few; the newest stay, for readers that follow."""
        merge = kind.merge
        if merge is None or deltas % MERGED_DELTAS:
            return

        def merged(parts: Sequence[bytes]) -> bytes:
            return msgspec.json.encode(merge([kind.read(part) for part in parts]))

        await self._storage.merge_deltas(kind.name, MERGED_DELTAS - FOLLOWED_DELTAS, merged)

    async def _came_into_force(self, name: str) -> None:
        held = await self._storage.held(name)
        if held is not None:
            self._held[name] = held
        self._rejected.pop(name, None)
        self._tell(name)

    async def _hear_config(self, payload: bytes) -> None:
        config = decode_message(Config, payload)
        _check_schema(config.schema_version)
        if self._config is not None and config.version < self._config.version:
            raise RecordError(
                f"Version {config.version} is older than {self._config.version}, which is in force."
            )
        if self._config is not None and config.version == self._config.version:
            if config != self._config:
                raise RecordError(f"There is another version {config.version}, and it is in force.")
            self._rejected.pop(CONFIG, None)
            return
        await self._state.put_value(_CONFIG_VALUE, msgspec.json.encode(config))
        self._config = config
        self._rejected.pop(CONFIG, None)
        self._tell(CONFIG)

    def _reject(self, name: str, reason: str) -> None:
        self._rejected[name] = reason[:REASON_LENGTH]

    def _tell(self, name: str) -> None:
        for listener in self._listeners:
            listener(name)


def _check_schema(version: int) -> None:
    if version > SCHEMA_VERSION:
        raise RecordError(
            f"It has schema version {version}, and this daemon knows {SCHEMA_VERSION}: update it."
        )
