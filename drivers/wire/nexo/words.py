"""The vocabularies of nexo messages.

What we send uses these enums. What we receive is kept as text: terminals in the field answer with
words that no schema lists ("Communication timeout").

Source: Adyen/adyen-openapi json/TerminalAPI-v1.json; nexo Retailer Protocol 3.1, data dictionary.
"""

import enum


class MessageClass(enum.StrEnum):
    """What kind of message it is."""

    SERVICE = "Service"
    DEVICE = "Device"
    EVENT = "Event"


class MessageType(enum.StrEnum):
    """Which part of an exchange it is."""

    REQUEST = "Request"
    RESPONSE = "Response"
    NOTIFICATION = "Notification"


class Category(enum.StrEnum):
    """What it is about (MessageCategory)."""

    ABORT = "Abort"
    CARD_ACQUISITION = "CardAcquisition"
    DIAGNOSIS = "Diagnosis"
    DISPLAY = "Display"
    ENABLE_SERVICE = "EnableService"
    EVENT = "Event"
    LOGIN = "Login"
    LOGOUT = "Logout"
    PAYMENT = "Payment"
    RECONCILIATION = "Reconciliation"
    REVERSAL = "Reversal"
    TRANSACTION_STATUS = "TransactionStatus"


class Result(enum.StrEnum):
    """How a request ended."""

    SUCCESS = "Success"
    FAILURE = "Failure"
    PARTIAL = "Partial"


class ErrorCondition(enum.StrEnum):
    """Why it did not succeed."""

    ABORTED = "Aborted"
    BUSY = "Busy"
    CANCEL = "Cancel"
    DEVICE_OUT = "DeviceOut"
    INSERTED_CARD = "InsertedCard"
    IN_PROGRESS = "InProgress"
    INVALID_CARD = "InvalidCard"
    LOGGED_OUT = "LoggedOut"
    MESSAGE_FORMAT = "MessageFormat"
    NOT_ALLOWED = "NotAllowed"
    NOT_FOUND = "NotFound"
    PAYMENT_RESTRICTION = "PaymentRestriction"
    REFUSAL = "Refusal"
    UNAVAILABLE_DEVICE = "UnavailableDevice"
    UNAVAILABLE_SERVICE = "UnavailableService"
    UNREACHABLE_HOST = "UnreachableHost"
    WRONG_PIN = "WrongPIN"


class GlobalStatus(enum.StrEnum):
    """How a terminal is."""

    OK = "OK"
    BUSY = "Busy"
    MAINTENANCE = "Maintenance"
    UNREACHABLE = "Unreachable"


class EventToNotify(enum.StrEnum):
    """What a terminal says unasked."""

    ABORT = "Abort"
    BEGIN_MAINTENANCE = "BeginMaintenance"
    CARD_INSERTED = "CardInserted"
    CARD_REMOVED = "CardRemoved"
    COMPLETED = "Completed"
    END_MAINTENANCE = "EndMaintenance"
    INITIALISED = "Initialised"
    OUT_OF_ORDER = "OutOfOrder"
    REJECT = "Reject"
    SHUTDOWN = "Shutdown"


class PaymentType(enum.StrEnum):
    """Which way the money goes, and whether now."""

    NORMAL = "Normal"
    REFUND = "Refund"


class PaymentInstrumentType(enum.StrEnum):
    """What is paid with."""

    CARD = "Card"


class ReversalReason(enum.StrEnum):
    """Why a payment is given back."""

    CUSTOMER_CANCEL = "CustCancel"
    MERCHANT_CANCEL = "MerchantCancel"
    MALFUNCTION = "Malfunction"
    UNABLE_TO_COMPLETE = "Unable2Compl"


class ReconciliationType(enum.StrEnum):
    """Which totals are asked for."""

    SALE_RECONCILIATION = "SaleReconciliation"
    PREVIOUS_RECONCILIATION = "PreviousReconciliation"


class TransactionType(enum.StrEnum):
    """What a total counts."""

    DEBIT = "Debit"
    CREDIT = "Credit"
    REVERSE_DEBIT = "ReverseDebit"
    REVERSE_CREDIT = "ReverseCredit"


class TransactionAction(enum.StrEnum):
    """Whether services are switched on or off."""

    START = "StartTransaction"
    ABORT = "AbortTransaction"


class DocumentQualifier(enum.StrEnum):
    """Whose receipt it is."""

    CASHIER_RECEIPT = "CashierReceipt"
    CUSTOMER_RECEIPT = "CustomerReceipt"


class Device(enum.StrEnum):
    """Where something is shown."""

    CASHIER_DISPLAY = "CashierDisplay"
    CUSTOMER_DISPLAY = "CustomerDisplay"


class InfoQualify(enum.StrEnum):
    """What is shown."""

    DISPLAY = "Display"
    STATUS = "Status"
    ERROR = "Error"


class OutputFormat(enum.StrEnum):
    """How it is written."""

    TEXT = "Text"
    MESSAGE_REFERENCE = "MessageRef"


class EntryMode(enum.StrEnum):
    """How a card was read."""

    CONTACTLESS = "Contactless"
    TAPPED = "Tapped"
    RFID = "RFID"
    ICC = "ICC"
    SYNCHRONOUS_ICC = "SynchronousICC"
    MAG_STRIPE = "MagStripe"
    KEYED = "Keyed"
    MANUAL = "Manual"


class AuthenticationMethod(enum.StrEnum):
    """How the customer was verified."""

    BYPASS = "Bypass"
    MANUAL_VERIFICATION = "ManualVerification"
    OFFLINE_PIN = "OfflinePIN"
    ONLINE_PIN = "OnlinePIN"
    PAPER_SIGNATURE = "PaperSignature"
    SIGNATURE_CAPTURE = "SignatureCapture"
