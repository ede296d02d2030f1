"""Card readers behind pcscd, by the names that it gives them."""

import collections
import re

from drivers.discovery.candidate import Candidate, Found, Setting
from drivers.transport import LinkLostError

_COUNTERS = re.compile(r"( \d{2}){1,2}$")
"""pcscd counts readers and slots behind the name; both change when one is plugged in again."""
_TWO_OF_A_KIND = "There are more of this kind: the number may be another after a restart."


def look_at_card_readers(found: Found) -> None:
    """Note every reader that pcscd has. Blocks."""
    try:
        from drivers.transport.pcsc import reader_names  # noqa: PLC0415 - pyscard, where installed
    except ImportError:
        return  # the box was installed without card readers
    try:
        names = reader_names()
    except LinkLostError as error:
        found.troubles.append(f"Card readers were not looked for. {error}")
        return
    lasting = collections.Counter(_COUNTERS.sub("", name) for name in names)
    for name in names:
        reader = _COUNTERS.sub("", name)
        note = "" if lasting[reader] == 1 else _TWO_OF_A_KIND
        settings: dict[str, Setting] = {"reader": name if note else reader}
        found.candidates.append(
            Candidate("pcsc", name, "card reader", "card_reader", "pcsc", settings, note)
        )
