"""EXPERIMENTAL: Caisse-AP terminals over IP (Ingenico, Verifone and others, in France).

Never run against a real terminal, and written without its specification. The protocol knows two
acts, payment and refund, and nothing else: no receipt, no abort, no question about what was. So a
payment whose answer is lost is always in doubt, and a person looks at the terminal.

Nothing makes a terminal keep or drop a booking either: `done` is final when it is sent. `commit`
is awaited before a verb returns.

Nothing says where an answer ends. It is taken as whole when its fields are, when they hold an
outcome, and when nothing more has come for a moment.

    settings, terminal    what is configured, and the family's verbs
    results               from the terminal's fields to the family's values

Source: akretion/caisse-ap-ip (client, server and one recorded exchange with an Ingenico
Desk/5000).
"""

from collections.abc import Mapping

from drivers.payment_terminal import PaymentTerminal
from drivers.payment_terminal.caisse_ap.settings import Settings
from drivers.payment_terminal.caisse_ap.terminal import CaisseApTerminal

__all__ = ["Settings", "open_device"]


async def open_device(
    name: str, settings: Settings, devices: Mapping[str, object]
) -> PaymentTerminal:
    """Look whether the terminal is there. There is nothing to log in to.

    Raises:
        OfflineError: Not reachable.
    """
    del devices
    terminal = CaisseApTerminal(name, settings)
    await terminal.diagnosis()
    terminal.watch()
    return terminal
