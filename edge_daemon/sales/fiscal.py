"""The step between a finished sale and its receipt, where a country's fiscal device will go.

A German TSE or a Belgian control module signs the transaction and gives lines, a QR and a number
for the receipt. The Dutch shop has none, and `NoFiscalModule` adds nothing.
"""

from typing import Protocol

import msgspec

from edge_daemon.records.payloads import RetailTransaction


class FiscalAddition(msgspec.Struct, frozen=True, kw_only=True):
    """What a fiscal device puts on the receipt.

    Attributes:
        lines: Text below the totals.
        qr: The content of a QR code, where one is asked for.
    """

    lines: tuple[str, ...] = ()
    qr: str | None = None


class FiscalModule(Protocol):
    """A country's fiscal device."""

    async def sign(self, transaction: RetailTransaction) -> FiscalAddition:
        """Sign a finished transaction that is in the journal already.

        Must not raise: a device that is away says so in `lines`, as the country's rules ask.
        """
        ...


class NoFiscalModule:
    """For countries that ask for none."""

    async def sign(self, transaction: RetailTransaction) -> FiscalAddition:  # noqa: ARG002
        """Add nothing."""
        return FiscalAddition()
