"""The printing room: jobs that are printed once, and whose end is known or called unknown."""

from edge_daemon.printing.jobs import PRINT_JOBS, PrintJob, jobs_of_transaction
from edge_daemon.printing.logo import Logo, LogoRequest, LogoState
from edge_daemon.printing.paper import Errand, Paper
from edge_daemon.printing.room import Printing, PrintJobRequest

__all__ = [
    "PRINT_JOBS",
    "Errand",
    "Logo",
    "LogoRequest",
    "LogoState",
    "Paper",
    "PrintJob",
    "PrintJobRequest",
    "Printing",
    "jobs_of_transaction",
]
