"""What can go wrong with a device, and what state the world is then in.

An answer is a value, even when the answer is no: a declined card is a result. Only the lack of a
usable answer is an exception. Whose fault it was is the type; whether the act may be tried again
is the outcome:

    DeviceError
    ├─ OfflineError · BusyError · RefusedError · UnsupportedError    NOT_DONE
    ├─ LocalProtocolError   (we broke the protocol: our bug)         NOT_DONE
    ├─ RemoteProtocolError  (the device broke it)                    UNKNOWN
    └─ OutcomeUnknownError  (sent, then silence)                     UNKNOWN

Messages tell the clerk what to do and never hold card data.
Words of `ErrorCode`: UnifiedPOS 1.14, chapter "Common Properties", ResultCode.
"""

import enum


class Outcome(enum.StrEnum):
    """What is known about an act that raised."""

    NOT_DONE = "not_done"
    """Nothing happened: safe to try again."""
    UNKNOWN = "unknown"
    """It may have happened: ask the device, never repeat."""


class ErrorCode(enum.StrEnum):
    """Why a device gave no usable answer, in UnifiedPOS words."""

    BUSY = "BUSY"
    CLAIMED = "CLAIMED"
    CLOSED = "CLOSED"
    DISABLED = "DISABLED"
    EXTENDED = "EXTENDED"
    FAILURE = "FAILURE"
    ILLEGAL = "ILLEGAL"
    NOEXIST = "NOEXIST"
    NOHARDWARE = "NOHARDWARE"
    NOSERVICE = "NOSERVICE"
    OFFLINE = "OFFLINE"
    TIMEOUT = "TIMEOUT"


class DeviceError(Exception):
    """Raised when a device gave no usable answer.

    Attributes:
        device: The configured name of the device.
        code: The reason in UnifiedPOS words.
        outcome: Whether the act may be tried again. Meaningless for queries, which change nothing.
    """

    default_code = ErrorCode.FAILURE
    outcome = Outcome.NOT_DONE

    def __init__(self, message: str, *, device: str, code: ErrorCode | None = None) -> None:
        super().__init__(message)
        self.device = device
        self.code = code or self.default_code


class OfflineError(DeviceError):
    """Raised when the device cannot be reached, or says that it is offline. Nothing was done."""

    default_code = ErrorCode.OFFLINE


class BusyError(DeviceError):
    """Raised when the device serves another request. Nothing was started."""

    default_code = ErrorCode.BUSY


class RefusedError(DeviceError):
    """Raised when the device understood and said no (cover open, no paper, not allowed).

    Attributes:
        buffer_cleared: Something was sent, and the device has verifiably thrown it away.
    """

    default_code = ErrorCode.EXTENDED

    def __init__(
        self,
        message: str,
        *,
        device: str,
        code: ErrorCode | None = None,
        buffer_cleared: bool = False,
    ) -> None:
        super().__init__(message, device=device, code=code)
        self.buffer_cleared = buffer_cleared


class UnsupportedError(DeviceError):
    """Raised when the device cannot do this at all. Nothing was sent."""

    default_code = ErrorCode.ILLEGAL


class LocalProtocolError(DeviceError):
    """Raised when our own side broke the protocol. A bug of ours; nothing was sent."""

    default_code = ErrorCode.FAILURE


class RemoteProtocolError(DeviceError):
    """Raised when the device broke its own specification. What it did is unknown."""

    default_code = ErrorCode.FAILURE
    outcome = Outcome.UNKNOWN


class OutcomeUnknownError(DeviceError):
    """Raised when the request was sent and no answer came. Ask the device, never repeat."""

    default_code = ErrorCode.TIMEOUT
    outcome = Outcome.UNKNOWN
