"""Certificates for brokers and boxes: right ones, and every kind of wrong one."""

import dataclasses
import datetime as dt
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from edge_daemon.clock import SystemClock, utc_datetime

HOST = "127.0.0.1"
DAY = dt.timedelta(days=1)


@dataclasses.dataclass(frozen=True)
class KeyPair:
    """A certificate and its key, each in a file."""

    certificate: pathlib.Path
    key: pathlib.Path


class Authority:
    """Signs certificates; its own is `ca_file`."""

    def __init__(self, directory: pathlib.Path, name: str = "The office's authority") -> None:
        self._directory = directory / name.replace(" ", "-")
        self._directory.mkdir(parents=True)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            _begun(self._name, self._name, self._key, 3650 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.ca_file = self._directory / "ca.pem"
        self.ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def certify(
        self, name: str, *, address: str = HOST, ends_in: dt.timedelta = 365 * DAY
    ) -> KeyPair:
        """A certificate for `name` at `address`; it began before and may have ended."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        certificate = (
            _begun(subject, self._name, key, ends_in)
            .add_extension(alternative, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        pair = KeyPair(self._directory / f"{name}.pem", self._directory / f"{name}.key")
        pair.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        pair.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return pair


def listening(authority: Authority, server: KeyPair) -> str:
    """Mosquitto's configuration for a listener that wants a certificate of everybody."""
    return (
        f"cafile {authority.ca_file}\ncertfile {server.certificate}\nkeyfile {server.key}\n"
        "require_certificate true\nuse_identity_as_username true\n"
    )


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    ends_in: dt.timedelta,
) -> x509.CertificateBuilder:
    now = utc_datetime(SystemClock().now_us())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 30 * DAY)
        .not_valid_after(now + ends_in)
    )
