"""The certificate by which registers recognise this box: its own authority's, or the shop's.

    authority   making and reading certificates; no I/O
    box         the files, renewed by themselves or read anew when the shop changes them

`cryptography` is imported when a certificate is made or read, not before.
"""

from edge_daemon.certificates.authority import Authority, Facts, facts, issue, make_authority
from edge_daemon.certificates.box import BoxCertificate, Source, local_addresses

__all__ = [
    "Authority",
    "BoxCertificate",
    "Facts",
    "Source",
    "facts",
    "issue",
    "local_addresses",
    "make_authority",
]
