"""The state diagram of a payment, drawn from the transition table itself.

`python -m edge_daemon.payments.diagram > docs/payment-states.md`
"""

import sys

from edge_daemon.payments.states import FINAL, MONEY, TRANSITIONS, WAITS_FOR_A_PERSON
from edge_daemon.records.payloads import PaymentState

_HEAD = """# The states of a payment

Drawn from the table in `edge_daemon/payments/states.py`; a test compares the two.
Green is money, red waits for a person. There is no way from `IN_DOUBT` back to `SENT`:
a payment in doubt is asked about, never sent again.

"""


def document() -> str:
    """The whole page: a few words and the diagram in Mermaid."""
    lines = ["```mermaid", "stateDiagram-v2", *_arrows(), *_classes(), "```"]
    return _HEAD + "\n".join(lines) + "\n"


def _arrows() -> list[str]:
    arrows = []
    for before, following in TRANSITIONS.items():
        start = "[*]" if before is None else before
        arrows += [f"    {start} --> {after}" for after in PaymentState if after in following]
    return arrows + [f"    {state} --> [*]" for state in PaymentState if state in FINAL]


def _classes() -> list[str]:
    return [
        "    classDef money fill:#cfc",
        "    classDef person fill:#fcc",
        f"    class {', '.join(state for state in PaymentState if state in MONEY)} money",
        f"    class {', '.join(s for s in PaymentState if s in WAITS_FOR_A_PERSON)} person",
    ]


if __name__ == "__main__":
    sys.stdout.write(document())
