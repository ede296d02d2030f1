"""Pairing: a printed code becomes a token, and a token can be listed and revoked.

codes      codes that wait to be typed, and how often one may guess; no I/O
tokens     the tokens, in memory as they are asked for and in `state.db` as they last
refusals   who was not let through, gathered for the journal
local      the token of whoever can read the state directory: the command line
slip       what the receipt printer says
room       all of it together, each act in the journal
"""

from edge_daemon.pairing.codes import TooManyCodesError, WrongCodeError
from edge_daemon.pairing.refusals import Refusals
from edge_daemon.pairing.room import (
    Paired,
    Pairing,
    PairingCode,
    PairingCodeRequest,
    PairingRequest,
)
from edge_daemon.pairing.slip import pairing_address, pairing_slip
from edge_daemon.pairing.tokens import TokenBook, TokenInfo, new_token

__all__ = [
    "Paired",
    "Pairing",
    "PairingCode",
    "PairingCodeRequest",
    "PairingRequest",
    "Refusals",
    "TokenBook",
    "TokenInfo",
    "TooManyCodesError",
    "WrongCodeError",
    "new_token",
    "pairing_address",
    "pairing_slip",
]
