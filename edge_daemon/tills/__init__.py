"""The till's day: its date, its shifts, its money, and what X and Z say of it."""

from edge_daemon.tills.acting import TillActs
from edge_daemon.tills.card_books import CARD_BOOKS
from edge_daemon.tills.clock_projection import CLOCK_CONFIRMATIONS
from edge_daemon.tills.clock_requests import (
    ClockConfirmation,
    ClockConfirmationRequest,
    ClockReading,
    Suggestion,
    Suggestions,
)
from edge_daemon.tills.dating import Dating
from edge_daemon.tills.money import Money
from edge_daemon.tills.periods import PERIODS, Perpetual, perpetual_totals
from edge_daemon.tills.ports import OpenSale
from edge_daemon.tills.report_copies import REPORT_COPIES
from edge_daemon.tills.reports import Reports
from edge_daemon.tills.requests import (
    MoneyMovement,
    MoneyMovementRequest,
    PeriodReportRequest,
    PeriodReportState,
    ReportCopyRequest,
    TillChangeRequest,
    TillCounted,
    TillCountRequest,
    TillOpeningRequest,
    TillSessionState,
)
from edge_daemon.tills.room import Tills, session_finder
from edge_daemon.tills.session_projection import SESSIONS
from edge_daemon.tills.sessions import running_sessions

__all__ = [
    "CARD_BOOKS",
    "CLOCK_CONFIRMATIONS",
    "PERIODS",
    "REPORT_COPIES",
    "SESSIONS",
    "ClockConfirmation",
    "ClockConfirmationRequest",
    "ClockReading",
    "Dating",
    "Money",
    "MoneyMovement",
    "MoneyMovementRequest",
    "OpenSale",
    "PeriodReportRequest",
    "PeriodReportState",
    "Perpetual",
    "ReportCopyRequest",
    "Reports",
    "Suggestion",
    "Suggestions",
    "TillActs",
    "TillChangeRequest",
    "TillCountRequest",
    "TillCounted",
    "TillOpeningRequest",
    "TillSessionState",
    "Tills",
    "perpetual_totals",
    "running_sessions",
    "session_finder",
]
