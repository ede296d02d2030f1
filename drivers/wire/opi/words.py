"""The words of OPI: request types, results, devices.

A terminal may send others; they are strings on the wire and stay strings here.
"""

import enum


class RequestType(enum.StrEnum):
    """What a request asks for."""

    LOGIN = "Login"
    LOGOFF = "Logoff"
    """Seen in one other client only."""
    CARD_PAYMENT = "CardPayment"
    PAYMENT_REVERSAL = "PaymentReversal"
    PAYMENT_REFUND = "PaymentRefund"
    RECONCILIATION_WITH_CLOSURE = "ReconciliationWithClosure"
    ABORT_REQUEST = "AbortRequest"
    REPEAT_LAST_MESSAGE = "RepeatLastMessage"
    """Unverified: in the family's specification, in no implementation that was read."""
    OUTPUT = "Output"
    INPUT = "Input"


class OverallResult(enum.StrEnum):
    """How a request ended."""

    SUCCESS = "Success"
    PARTIAL_FAILURE = "PartialFailure"
    FAILURE = "Failure"
    DEVICE_UNAVAILABLE = "DeviceUnavailable"
    BUSY = "Busy"
    LOGGED_OUT = "Loggedout"
    ABORTED = "Aborted"
    TIMED_OUT = "TimedOut"
    FORMAT_ERROR = "FormatError"
    PARSING_ERROR = "ParsingError"
    COMMUNICATION_ERROR = "CommunicationError"
    VALIDATION_ERROR = "ValidationError"
    MISSING_MANDATORY_DATA = "MissingMandatoryData"
    UNKNOWN_CARD = "UnknownCard"


class Device(enum.StrEnum):
    """A device of the till that the terminal asks for."""

    CASHIER_DISPLAY = "CashierDisplay"
    CUSTOMER_DISPLAY = "CustomerDisplay"
    PRINTER = "Printer"
    """The merchant's receipt."""
    PRINTER_RECEIPT = "PrinterReceipt"
    """The customer's receipt."""
    CASHIER_KEYBOARD = "CashierKeyboard"
    CASHIER_TERMINAL = "CashierTerminal"


GET_CONFIRMATION = "GetConfirmation"
"""The command of an input that is answered with yes or no. Unverified."""
