"""What can go wrong between us and a broker.

BrokerError
├─ BrokerRefusedError    only a person can open the way: it says no, or we do not trust it
└─ VersionRefusedError   it does not speak this version of MQTT, or did not answer in it
"""


class BrokerError(Exception):
    """Raised when there is no working connection. Nothing that was sent is proved lost or kept."""


class BrokerRefusedError(BrokerError):
    """Raised when only a person can open the way.

    The broker said no (not authorised, a bad password or client identifier), our certificate or
    password cannot be used, or it is not the broker that we trust.
    """


class VersionRefusedError(BrokerError):
    """Raised when the broker cannot speak the version of MQTT that was tried.

    Attributes:
        explicit: It said so. Otherwise it hung up on the CONNECT or kept silent, which old brokers
            do, and so does a broker that is just being stopped.
    """

    def __init__(self, message: str, *, explicit: bool) -> None:
        super().__init__(message)
        self.explicit = explicit
