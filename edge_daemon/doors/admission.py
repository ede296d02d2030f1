"""Who is let in: by the address it calls from, and by the page that calls.

The tills behind these doors show no token, and some of their requests need no preflight. So
`Host`, source address and `Origin` are judged before anything is read or done. `Origin` stops web
pages, not programs: on a network the address has to carry the rest.
"""

import dataclasses
import ipaddress
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from edge_daemon.config import Door
from edge_daemon.web.access import Reason

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Call(NamedTuple):
    """What is judged; a header that came twice is joined, and then matches nothing.

    Attributes:
        own_address: The address of ours that was called; no foreign name leads there.
    """

    host: str
    origin: str
    address: str
    own_address: str


class Denied(NamedTuple):
    """Why somebody is not let in: the journal's word, and what would help."""

    status: int
    reason: Reason
    message: str
    subject: str


@dataclasses.dataclass(frozen=True, slots=True)
class _Post:
    door: Door
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

    def lets_in_from(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)
        return any((mapped or found) in network for network in self.networks)


class Admission:
    """Judges every call to the doors."""

    def __init__(self, doors: Sequence[Door], hosts: Iterable[str]) -> None:
        self._posts = [_Post(door, door.networks) for door in doors]
        self._hosts = LOOPBACK_NAMES | {host.lower() for host in hosts}

    def judge(self, kind: str, call: Call) -> Door | Denied:
        """The door through which this call comes in, or why it does not.

        Of several doors of one kind the first counts that admits both address and origin.
        """
        name = _without_port(call.host.lower())
        if name not in self._hosts and name.strip("[]") != call.own_address:
            message = f"This box is not called {call.host!r}; see [doors] allowed_hosts."
            return Denied(421, Reason.FOREIGN_HOST, message, kind)
        posts = [post for post in self._posts if post.door.kind == kind]
        near = [post.door for post in posts if post.lets_in_from(call.address)]
        if not near:
            message = f"{call.address} may not call here; see the door's addresses."
            return Denied(403, Reason.FOREIGN_ADDRESS, message, kind)
        for door in near:
            if call.origin in door.origins or (not call.origin and door.programs):
                return door
        message = f"{call.origin or 'A program'} may not call; see the door's origins."
        return Denied(403, Reason.FOREIGN_ORIGIN, message, near[0].name)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host
