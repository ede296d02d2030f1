"""The terminal's certificate, and the root that signed it, made when the terminal is first on.

They stay in the terminal's folder, so that a till keeps its trust when the terminal restarts.
"""

import datetime as dt
import ipaddress
import ssl
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
VALIDITY = dt.timedelta(days=3650)
TOLERANCE = dt.timedelta(days=1)
WRONG_NAME = "printer.example"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in the terminal's folder: certificates with their keys, and the root for the till."""

    root: Path
    right: Path
    wrong_name: Path
    other_root: Path


def certificates(directory: Path, name: str) -> Certificates:
    """Return the terminal's certificates; make what is not there.

    Args:
        directory: Where they are kept.
        name: The common name of the right one.
    """
    files = Certificates(
        directory / "root.pem",
        directory / "terminal.pem",
        directory / "wrong-name.pem",
        directory / "other-root.pem",
    )
    if not all(path.exists() for path in (files.right, files.wrong_name, files.other_root)):
        key, root = _root("Simulated Terminal Root")
        files.root.write_bytes(_pem(root))
        files.wrong_name.write_bytes(_leaf(WRONG_NAME, key, root))
        files.other_root.write_bytes(_leaf(name, *_root("Somebody Else's Root")))
        files.right.write_bytes(_leaf(name, key, root))
    return files


def server_context(file: Path) -> ssl.SSLContext:
    """Return a context that shows this certificate; others can be loaded later."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def _root(name: str) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder(subject, subject, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _leaf(name: str, root_key: ec.EllipticCurvePrivateKey, root: x509.Certificate) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    address = x509.IPAddress(ipaddress.ip_address(HOST))
    public = root_key.public_key()
    certificate = (
        _builder(_name(name), root.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([address, x509.DNSName("localhost")]), critical=False
        )
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + _pem(certificate)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = dt.datetime.fromtimestamp(time.time_ns() // 10**9, dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - TOLERANCE)
        .not_valid_after(now + VALIDITY)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
