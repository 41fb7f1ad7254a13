"""Certificates between our own processes: an authority of this installation, and what it signs (RFC 5280).

Everything is renewed at two thirds of its life. A new authority stands before the old one in the bundle until that runs out: what
the old one signed stays good and is renewed in its own time, when the new one has long reached everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE: Final = timedelta(days=3650)
SERVER_LIFE: Final = timedelta(days=365)
PREDECESSORS: Final = 3
"""Authorities that are kept beside the newest."""
SPREAD: Final = timedelta(minutes=10)
"""How long a new authority takes to reach everybody who has to trust it: kubelets renew what is mounted every minute or two."""
_EARLIER: Final = timedelta(minutes=5)
"""Clocks of nodes differ: a certificate is valid a little before it was made."""
_CLOSED: Final = {
    "digital_signature": False,
    "content_commitment": False,
    "key_encipherment": False,
    "data_encipherment": False,
    "key_agreement": False,
    "key_cert_sign": False,
    "crl_sign": False,
    "encipher_only": False,
    "decipher_only": False,
}


@dataclass(frozen=True)
class Pair:
    """Certificate (of an authority: its predecessors behind it) and private key, PEM."""

    certificate: bytes
    key: bytes


class Damaged(ValueError):
    """A stored certificate or key cannot be read."""


def new_authority(now: datetime, before: Pair | None = None) -> Pair:
    """An authority, with those of its predecessors that are still good behind it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"podlynx authority {now:%Y-%m-%d}")])
    certificate = (
        _builder(name, name, key.public_key(), now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**{**_CLOSED, "key_cert_sign": True, "crl_sign": True}), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Pair(b"".join(_pem(each) for each in [certificate, *_good(before, now)]), _key_pem(key))


def _good(before: Pair | None, now: datetime) -> list[x509.Certificate]:
    """The predecessors that can still vouch for something, the latest first."""
    try:
        return [each for each in _read(before) if each.not_valid_after_utc > now][:PREDECESSORS] if before else []
    except Damaged:
        return []


def issue(authority: Pair, names: Sequence[str], now: datetime) -> Pair:
    """A server's certificate for DNS names and addresses, the first of them its common name. Raises Damaged."""
    issuer, issuer_key = _read(authority)[0], _key(authority)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
    certificate = (
        _builder(subject, issuer.subject, key.public_key(), now, SERVER_LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**{**_CLOSED, "digital_signature": True}), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return Pair(_pem(certificate), _key_pem(key))


def due(pair: Pair, now: datetime) -> bool:
    """Whether two thirds of its life are over, or it is damaged: unreadable, or a key that is not the certificate's."""
    try:
        first, key = _read(pair)[0], _key(pair)
    except Damaged:
        return True
    if first.public_key() != key.public_key():
        return True
    life = first.not_valid_after_utc - first.not_valid_before_utc
    return now > first.not_valid_before_utc + life * 2 / 3


def usable(pair: Pair, now: datetime) -> bool:
    """Whether it is valid now, due or not."""
    try:
        return now < _read(pair)[0].not_valid_after_utc and _key(pair).public_key() == _read(pair)[0].public_key()
    except Damaged:
        return False


def spread(authority: Pair, now: datetime) -> bool:
    """Whether the newest authority is known everywhere, so that what it signs is trusted. A first one has nobody to reach."""
    try:
        known = _read(authority)
    except Damaged:
        return True
    return len(known) == 1 or now >= known[0].not_valid_before_utc + _EARLIER + SPREAD


def together(said: bytes, before: Sequence[bytes], now: datetime) -> bytes:
    """A bundle of authorities (PEM), and behind it of earlier bundles what is still good and not among them."""
    try:
        known = _read(Pair(said, b""))
        earlier = [each for pem in before for each in _read(Pair(pem, b"")) if each.not_valid_after_utc > now]
    except Damaged:
        return said
    more = [each for each in dict.fromkeys(earlier) if each not in known]
    return b"\n".join([said.rstrip(b"\n"), *map(_pem, more)]) if more else said


def serves(pair: Pair, authority: Pair, names: Sequence[str]) -> bool:
    """Whether a server's certificate is for all these names and signed by the authority or its predecessor."""
    try:
        certificate = _read(pair)[0]
        said = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return {_alternative(name) for name in names} <= set(said) and any(
            _signed(certificate, issuer) for issuer in _read(authority)
        )
    except (Damaged, x509.ExtensionNotFound):
        return False


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _read(pair: Pair) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pair.certificate)
    except ValueError as error:
        raise Damaged(f"the certificate cannot be read: {error}") from error


def _key(pair: Pair) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pair.key, None)
    except (ValueError, TypeError) as error:
        raise Damaged(f"the private key cannot be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Damaged("the private key is of another kind than ours")
    return key


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
