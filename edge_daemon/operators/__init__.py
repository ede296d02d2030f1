"""The operators' room: who is at which register, who may what, and who works when."""

from edge_daemon.operators.approvals import APPROVALS
from edge_daemon.operators.hours import Hours
from edge_daemon.operators.presence import PRESENCE
from edge_daemon.operators.proofs import PROOFS
from edge_daemon.operators.requests import (
    Approval,
    ApprovalRequest,
    OperatorView,
    ShiftView,
    SignOff,
    SignOffRequest,
    SignOn,
    SignOnRequest,
    WorkingTime,
    WorkingTimeRequest,
)
from edge_daemon.operators.room import Operators
from edge_daemon.operators.staff import Staff
from edge_daemon.operators.working_times import WORKING_TIMES

__all__ = [
    "APPROVALS",
    "PRESENCE",
    "PROOFS",
    "WORKING_TIMES",
    "Approval",
    "ApprovalRequest",
    "Hours",
    "OperatorView",
    "Operators",
    "ShiftView",
    "SignOff",
    "SignOffRequest",
    "SignOn",
    "SignOnRequest",
    "Staff",
    "WorkingTime",
    "WorkingTimeRequest",
]
