"""What is to be printed, and what the journal says about it."""

import dataclasses
from collections.abc import Callable

from drivers.pos_printer import Document
from edge_daemon.journal import Draft
from edge_daemon.records.payloads import Json, Payload, ReceiptEvent, ReceiptState


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A print as a door of ours has read it.

    Attributes:
        document: The elements from top to bottom.
        printer: A configured receipt printer.
        body: What the intent keeps; its hash decides whether a repeat is the same. Images and
            texts are not in there, only their hash.
        copy_number: 1, 2, … of a copy.
    """

    document: Document
    printer: str
    body: Json
    workstation: str | None = None
    operator_id: str | None = None
    copy_number: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is to be printed, and what the journal says about it.

    Attributes:
        print_id: The job's ULID.
        intent_id: The intent that it carries out: the job's own, or its sale's.
        printer: The configured printer's name.
        kind: The journal's `document`.
        draft: Makes drafts of the same call (register, operator, key).
    """

    print_id: str
    intent_id: str
    printer: str
    kind: str
    draft: Callable[[Payload], Draft]
    transaction_id: str | None = None
    copy_number: int | None = None
    amount: int | None = None
    content_hash: str | None = None

    def event(
        self, state: ReceiptState, *, evidence: str | None = None, problem: str | None = None
    ) -> Draft:
        """The `ReceiptEvent` that says that this paper is in `state`."""
        return self.draft(
            ReceiptEvent(
                print_id=self.print_id,
                intent_id=self.intent_id,
                state=state,
                document=self.kind,
                transaction_id=self.transaction_id,
                copy_number=self.copy_number,
                amount=self.amount,
                printer_id=self.printer,
                content_hash=self.content_hash,
                evidence=evidence,
                problem=problem,
            )
        )
