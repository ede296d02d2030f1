"""A shop's own certificate authority, and what it signs. No I/O, no clock.

The authority is trusted by every tablet of the shop, so it may sign for this box alone: its name
constraints (RFC 5280, 4.2.1.10) permit the box's names and the addresses of private networks. Who
steals its key can read the shop's own traffic, and cannot pretend to be a bank.

What it signs lives 90 days: far below the 825 days that Apple's systems accept of an authority
that a person has installed, and long enough for a box that is switched off over the summer.
"""

import datetime as dt
import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 90
TOLERANCE = dt.timedelta(days=2)
"""A tablet's clock may be behind ours."""
PRIVATE_NETWORKS = (
    "10.0.0.0/8",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "::1/128",
    "fc00::/7",
    "fe80::/10",
)
"""RFC 1918, RFC 3927, RFC 4193, RFC 4291: what a shop's network is made of."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Authority(NamedTuple):
    """A key and its certificate, both PEM."""

    key: bytes
    certificate: bytes


class Facts(NamedTuple):
    """What a certificate says of itself.

    Attributes:
        names, addresses: For which it is good.
        not_after: Aware UTC.
        fingerprint: SHA-256, as people compare it.
    """

    names: frozenset[str]
    addresses: frozenset[Address]
    not_after: dt.datetime
    fingerprint: str


def make_authority(title: str, names: Iterable[str], now: dt.datetime) -> Authority:
    """Make an authority that may sign for `names`, and for addresses of private networks."""
    from cryptography import x509  # noqa: PLC0415 - 9 MiB, where it is needed
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above

    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(title)
    networks = [x509.IPAddress(ipaddress.ip_network(each)) for each in PRIVATE_NETWORKS]
    permitted: list[x509.GeneralName] = [x509.DNSName(name) for name in sorted(set(names))]
    certificate = (
        _builder(subject, subject, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints([*permitted, *networks], None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(_key_pem(key), _pem(certificate))


def issue(
    authority: Authority, names: Iterable[str], addresses: Iterable[Address], now: dt.datetime
) -> bytes:
    """Make a key and a certificate for a server; PEM, the key first, then the chain."""
    from cryptography import x509  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - as above

    signer = serialization.load_pem_private_key(authority.key, None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError("The authority's key is of another kind than ours.")
    issuer = x509.load_pem_x509_certificate(authority.certificate)
    key = ec.generate_private_key(ec.SECP256R1())
    listed = sorted(set(names))
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in listed]
    alternatives += [x509.IPAddress(each) for each in sorted(set(addresses), key=str)]
    serving = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH])
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    certificate = (
        _builder(_name(listed[0]), issuer.subject, key, now, CERTIFICATE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(serving, critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(identifier, critical=False)
        .sign(signer, hashes.SHA256())
    )
    return _key_pem(key) + _pem(certificate) + authority.certificate


def permitted_names(authority: bytes) -> frozenset[str]:
    """The names that an authority of ours may sign for."""
    from cryptography import x509  # noqa: PLC0415 - as above

    certificate = x509.load_pem_x509_certificate(authority)
    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    permitted = constraints.permitted_subtrees or ()
    return frozenset(each.value for each in permitted if isinstance(each, x509.DNSName))


def facts(pem: bytes) -> Facts:
    """Read the first certificate of a PEM file; a key before it is passed over.

    Raises:
        ValueError: There is none.
    """
    from cryptography import x509  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - as above

    certificate = x509.load_pem_x509_certificates(pem)[0]
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = extension.value.get_values_for_type(x509.DNSName)
        addresses = extension.value.get_values_for_type(x509.IPAddress)
    except x509.ExtensionNotFound:
        names, addresses = [], []
    return Facts(
        names=frozenset(names),
        addresses=frozenset(each for each in addresses if isinstance(each, Address)),
        not_after=certificate.not_valid_after_utc,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
    )


def _builder(
    subject: "x509.Name",
    issuer: "x509.Name",
    key: "ec.EllipticCurvePrivateKey",
    now: dt.datetime,
    days: int,
) -> "x509.CertificateBuilder":
    from cryptography import x509  # noqa: PLC0415 - as above

    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - TOLERANCE)
        .not_valid_after(now + dt.timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> "x509.KeyUsage":
    from cryptography import x509  # noqa: PLC0415 - as above

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> "x509.Name":
    from cryptography import x509  # noqa: PLC0415 - as above

    # A common name has at most 64 characters (RFC 5280, appendix A.1).
    return x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, common_name[:64])])


def _pem(certificate: "x509.Certificate") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - as above

    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: "ec.EllipticCurvePrivateKey") -> bytes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - as above

    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
