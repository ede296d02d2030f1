"""Coverage-guided fuzzing of a codec: whatever bytes come, only `WireError` rises.

    pip install 'atheris>=2.3,<4'
    python -m tests.long.fuzz_zvt -runs=1000000 [CORPUS]

The same for `fuzz_nexo`, `fuzz_opi`, `fuzz_caisse_ap` and `fuzz_scale_and_display`. The first byte
of an input chooses which of the codec's targets is fed with the rest. The vectors are the
seeds; a corpus is resumed.

Options are libFuzzer's (`-runs`, `-max_total_time`, `-seed`). A finding is written to `crash-…`
and played again by giving its file name.
"""

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]  # only for this long form

from drivers.wire import WireError

Target = Callable[[bytes], None]
"""Feeds bytes to a codec; `WireError` is an answer, any other exception is a finding."""


def instrumented() -> contextlib.AbstractContextManager[None]:
    """Return a context in which the codecs that are imported tell which way they went."""
    watch: contextlib.AbstractContextManager[None] = atheris.instrument_imports(
        include=["drivers.wire"]
    )
    return watch


def require(*, same: bool, story: str) -> None:
    """Make a finding of what does not come back as it went.

    Raises:
        RuntimeError: It did not.
    """
    if not same:
        raise RuntimeError(story)


def play(targets: Sequence[Target], seeds: Iterable[tuple[int, bytes]]) -> None:
    """Fuzz until the options say stop; never returns.

    Args:
        targets: What an input can be fed to.
        seeds: Inputs to begin with, each for the target of this number.
    """

    def feed(data: bytes) -> None:
        if len(data) > 1:
            with contextlib.suppress(WireError):
                targets[data[0] % len(targets)](data[1:])

    with tempfile.TemporaryDirectory() as folder:
        for number, (target, data) in enumerate(seeds):
            (Path(folder) / f"{number}-{target}").write_bytes(bytes([target]) + data)
        atheris.Setup([*sys.argv, folder], feed)
        atheris.Fuzz()
