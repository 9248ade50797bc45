"""The instance's own certificate authorities, and a certificate for each program; made anew before they run out."""

import datetime as dt
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.cluster.files import write_if_changed
from sandbox.cluster.instance import Instance

_CA_YEARS: Final = 10
_LEAF_DAYS: Final = 365
_RENEW_DAYS: Final = 30
_CLOCK_SKEW: Final = dt.timedelta(minutes=5)
_AUTHORITIES: Final = ("kubernetes", "etcd", "front-proxy")

PLATFORM_GROUP: Final = "cityfabric:platform-engineers"


@dataclass(frozen=True, slots=True)
class _Leaf:
    authority: str
    common_name: str
    organisation: str = ""
    names: tuple[str, ...] = ()
    """DNS names and addresses that a server answers for; empty for a client."""


def leaves(instance: Instance) -> dict[str, _Leaf]:
    """Return every certificate of the instance by file name."""
    kubernetes, loopback, node = "kubernetes", "127.0.0.1", instance.node_address
    in_cluster = tuple(f"kubernetes.default{tail}" for tail in ("", ".svc", ".svc.cluster.local"))
    api_names = ("kubernetes", "localhost", *in_cluster, loopback, node, instance.api_service_address)
    return {
        "apiserver": _Leaf(kubernetes, "kube-apiserver", names=api_names),
        "apiserver-kubelet-client": _Leaf(kubernetes, "kube-apiserver-kubelet-client", "cityfabric:kubelet-clients"),
        "kubelet": _Leaf(kubernetes, f"system:node:{instance.node}", "system:nodes", (instance.node, loopback, node)),
        "controller-manager": _Leaf(kubernetes, "system:kube-controller-manager"),
        "scheduler": _Leaf(kubernetes, "system:kube-scheduler"),
        "proxy": _Leaf(kubernetes, "system:kube-proxy"),
        "router": _Leaf(kubernetes, "cityfabric:kube-router"),
        "platform-engineer": _Leaf(kubernetes, "platform-engineer", PLATFORM_GROUP),
        "bootstrap": _Leaf(kubernetes, "cityfabric:bootstrap", "system:masters"),
        "etcd-server": _Leaf("etcd", "etcd", names=("localhost", loopback)),
        "apiserver-etcd-client": _Leaf("etcd", "kube-apiserver"),
        "front-proxy-client": _Leaf("front-proxy", "front-proxy-client"),
    }


def ensure(instance: Instance) -> bool:
    """Make what is missing or runs out within 30 days; say whether anything was made."""
    folder = instance.pki
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = False
    for authority in _AUTHORITIES:
        if not _is_pair(folder / f"{authority}-ca"):
            _make_authority(folder, authority)
            made = True
    if not (folder / "service-accounts.key").exists():
        _write_key(folder / "service-accounts.key", ec.generate_private_key(ec.SECP256R1()))
        made = True
    for name, leaf in leaves(instance).items():
        if not _is_fresh(folder, name, leaf):
            _make_leaf(folder, name, leaf)
            made = True
    return made


def _is_pair(stem: Path) -> bool:
    """Say whether a certificate and its key are there and belong together."""
    certificate, key = stem.with_name(f"{stem.name}.crt"), stem.with_name(f"{stem.name}.key")
    if not certificate.exists() or not key.exists():
        return False
    try:
        public = serialization.load_pem_private_key(key.read_bytes(), None).public_key()
        return public == x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    except ValueError:
        return False


def _is_fresh(folder: Path, name: str, leaf: _Leaf) -> bool:
    """Say whether a certificate may go on to be used: whole, of the authority as it is now, and for some time to come."""
    if not _is_pair(folder / name):
        return False
    certificate = x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())
    try:
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate((folder / f"{leaf.authority}-ca.crt").read_bytes()))
    except InvalidSignature:
        return False
    return certificate.not_valid_after_utc - dt.datetime.now(dt.UTC) > dt.timedelta(days=_RENEW_DAYS)


def _name(common_name: str, organisation: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organisation:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    return x509.Name(parts)


def _builder(subject: x509.Name, issuer: x509.Name, days: int, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + dt.timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _make_authority(folder: Path, authority: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"cityfabric sandbox {authority} CA")
    certificate = (
        _builder(name, name, _CA_YEARS * 365, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_key(folder / f"{authority}-ca.key", key)
    _write_certificate(folder / f"{authority}-ca.crt", certificate)


def _make_leaf(folder: Path, name: str, leaf: _Leaf) -> None:
    authority_key = serialization.load_pem_private_key((folder / f"{leaf.authority}-ca.key").read_bytes(), None)
    authority = x509.load_pem_x509_certificate((folder / f"{leaf.authority}-ca.crt").read_bytes())
    if not isinstance(authority_key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{leaf.authority}-ca.key is no elliptic-curve key")
    key = ec.generate_private_key(ec.SECP256R1())
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH] + [ExtendedKeyUsageOID.SERVER_AUTH] * bool(leaf.names)
    builder = (
        _builder(_name(leaf.common_name, leaf.organisation), authority.subject, _LEAF_DAYS, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
    )
    if leaf.names:
        builder = builder.add_extension(x509.SubjectAlternativeName(_alternatives(leaf.names)), critical=False)
    certificate = builder.sign(authority_key, hashes.SHA256())
    _write_key(folder / f"{name}.key", key)
    _write_certificate(folder / f"{name}.crt", certificate)


def _alternatives(names: Iterable[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    write_if_changed(path, text.decode())


def _write_certificate(path: Path, certificate: x509.Certificate) -> None:
    write_if_changed(path, certificate.public_bytes(serialization.Encoding.PEM).decode(), 0o644)
