"""TLS with the broker: who it is, who we are, and in plain words what is wrong.

The files are read for every connection, so what is installed anew counts from the next one on.
"""

import datetime as dt
import pathlib
import re
import ssl
from typing import Annotated

import msgspec

from edge_daemon.mqtt.credentials import CredentialName, credential_path
from edge_daemon.mqtt.errors import BrokerRefusedError

Text = Annotated[str, msgspec.Meta(min_length=1)]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)

NOT_YET_VALID = 9
EXPIRED = 10
WRONG_NAME = (62, 64)
"""A name, and an IP address (OpenSSL, x509_vfy.h, X509_V_ERR_…)."""

_OUR_CERTIFICATE_MISSING = (
    "it wants a certificate of ours: set cert_file and its key in [relay.tls]."
)
_ALERTS = {
    "CERTIFICATE_REQUIRED": _OUR_CERTIFICATE_MISSING,
    "HANDSHAKE_FAILURE": _OUR_CERTIFICATE_MISSING,
    "CERTIFICATE_EXPIRED": "our certificate has expired: install a new one.",
    "CERTIFICATE_REVOKED": "our certificate was revoked: install a new one.",
    "UNKNOWN_CA": "it does not know the authority that signed our certificate.",
    "BAD_CERTIFICATE": "it does not accept our certificate.",
    "UNSUPPORTED_CERTIFICATE": "it does not accept our kind of certificate.",
    "CERTIFICATE_UNKNOWN": "it does not accept our certificate.",
}
"""What a broker answers to our certificate (RFC 8446, 6.2), by the end of OpenSSL's name for it."""
_REASON = re.compile(r"\[SSL: \w*ALERT_(\w+)\]")


class TlsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[….tls]`: the line is encrypted and the server's name is checked.

    Attributes:
        ca_file: Whom to trust; the system's authorities where absent.
        cert_file: Who we are. The certificate's CN is the edge's id.
        key_file, key_credential: Its private key: a file, or the systemd credential that holds it;
            where both are absent it stands in `cert_file` too.
    """

    ca_file: Text | None = None
    cert_file: Text | None = None
    key_file: Text | None = None
    key_credential: CredentialName | None = None

    def context(self) -> ssl.SSLContext:
        """Load the files.

        Raises:
            BrokerRefusedError: One of them cannot be read or does not fit the others.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise _unusable("authorities in ca_file", self.ca_file, error) from error
        context.sslsocket_class = _HandshakingSocket
        if self.cert_file is not None:
            key = self._key()
            try:
                context.load_cert_chain(self.cert_file, key)
            except OSError as error:
                raise _unusable(
                    "certificate and its key", f"{self.cert_file}, {key}", error
                ) from error
        return context

    def certificate_end_us(self) -> int | None:
        """When our certificate ends, in microseconds since 1970 UTC.

        None without one, and where it cannot be read: that is told when we connect.
        """
        if self.cert_file is None:
            return None
        from cryptography import x509  # noqa: PLC0415 - 9 MB, only where it is configured

        try:
            data = pathlib.Path(self.cert_file).read_bytes()
            end = x509.load_pem_x509_certificate(data).not_valid_after_utc
        except (OSError, ValueError):
            return None
        return (end - _EPOCH) // _MICROSECOND

    def _key(self) -> str | None:
        if self.key_credential is None:
            return self.key_file
        return str(credential_path(self.key_credential, "client key"))


class _HandshakingSocket(ssl.SSLSocket):
    """Closes itself when the handshake fails: paho 2.2 leaves it to the garbage collector."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as its parent
        try:
            super().do_handshake(block)
        except BaseException:
            self.close()
            raise


def distrust(error: ssl.SSLCertVerificationError, host: str) -> str:
    """Why we do not believe that it is our broker."""
    if error.verify_code in WRONG_NAME:
        return f"its certificate is not for {host}: check host, or who answers there."
    if error.verify_code == EXPIRED:
        return "its certificate has expired, or the clock of this box is wrong."
    if error.verify_code == NOT_YET_VALID:
        return "its certificate is not valid yet: the clock of this box may be wrong."
    return "nobody whom we trust has signed its certificate: check ca_file, or who answers there."


def refusal(text: str) -> str:
    """What a broker that ended the line said of our certificate; empty for any other end.

    Args:
        text: What OpenSSL says, in Python's notation.
    """
    found = _REASON.search(text)
    return "" if found is None else _ALERTS.get(found[1], "")


def _unusable(what: str, place: str | None, error: OSError) -> BrokerRefusedError:
    why = error.strerror or getattr(error, "reason", None) or str(error)
    return BrokerRefusedError(f"The {what} for the broker cannot be used ({place}: {why}).")
