"""The cluster's keys and certificates, made with the package cryptography.

kubeadm's phases (`kubeadm init phase certs`, `kubeadm init phase kubeconfig`) could make most of
them. It is not used, because it has no certificate for the servers of the kubelet and the metrics
server and none for kube-proxy, so that this module would still be needed beside it, and because it
is one more program to build (70 packages that no other program here needs, 74 MB). cryptography is
in `.venv` anyway.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tools.common.fingerprint import fingerprint
from tools.common.paths import write_whole

from .settings import Settings

_DAY = 24 * 3600
_LEAF_DAYS = 365
_AUTHORITY_DAYS = 3650
_RENEW_BEFORE = 30 * _DAY

AUTHORITIES = ("ca", "etcd-ca", "front-proxy-ca")


@dataclass(frozen=True)
class Certificate:
    """A certificate that some component of the cluster shows to another.

    Attributes:
        name: The name of its files.
        common_name: Whom it names.
        group: The Kubernetes group it puts its holder in, if any.
        authority: Who signs it.
        names: The host names and addresses it is for; a certificate with none is good for
            clients only.
    """

    name: str
    common_name: str
    group: str = ""
    authority: str = "ca"
    names: tuple[str, ...] = ()


def wanted_certificates(settings: Settings) -> list[Certificate]:
    """Return all certificates of a cluster."""
    loopback = ("localhost", "127.0.0.1")
    service = ("", ".default", ".default.svc", ".default.svc.cluster.local")
    api = (*loopback, *(f"kubernetes{suffix}" for suffix in service))
    api += (settings.api_service_address, settings.node_address)
    node = (settings.node_name, settings.node_address, "127.0.0.1")
    return [
        Certificate("api-server", "kube-apiserver", names=api),
        Certificate("api-server-to-kubelet", "kube-apiserver-kubelet-client", "system:masters"),
        Certificate("front-proxy", "front-proxy-client", authority="front-proxy-ca"),
        Certificate("etcd", "etcd", authority="etcd-ca", names=loopback),
        Certificate("etcd-client", "kube-apiserver-etcd-client", authority="etcd-ca"),
        Certificate("admin", "local-cluster-admin", "system:masters"),
        Certificate("controller-manager", "system:kube-controller-manager"),
        Certificate("scheduler", "system:kube-scheduler"),
        Certificate("kube-proxy", "system:kube-proxy"),
        Certificate("metrics-server", "metrics-server", names=("metrics-server.kube-system.svc",)),
        Certificate("kubelet", f"system:node:{settings.node_name}", "system:nodes", names=node),
    ]


def ensure_certificates(settings: Settings) -> None:
    """Make the certificates that are missing, changed or about to expire."""
    wanted = wanted_certificates(settings)
    digest = fingerprint([], map(repr, wanted))
    record = settings.pki / "made.json"
    try:
        made = json.loads(record.read_text(encoding="utf-8"))
        if made["digest"] == digest and made["expires"] - time.time() > _RENEW_BEFORE:
            return
    except (OSError, ValueError, KeyError, TypeError):
        pass  # None yet, or a run was cut short: make them.
    settings.pki.mkdir(parents=True, exist_ok=True)
    settings.pki.chmod(0o700)
    for name in AUTHORITIES:
        _ensure_authority(settings.pki, name)
    for certificate in wanted:
        _issue(settings.pki, certificate)
    public = _key(settings.pki / "service-accounts.key").public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    text = public.public_bytes(serialization.Encoding.PEM, form).decode("ascii")
    write_whole(settings.pki / "service-accounts.pub", text)
    expires = time.time() + _LEAF_DAYS * _DAY
    write_whole(record, json.dumps({"digest": digest, "expires": expires}))


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    """Return a private key, made unless there is one: a new one would void what it has signed."""
    if not path.exists():
        text = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_whole(path, text.decode("ascii"), mode=0o600)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} contains no elliptic-curve key")
    return key


def _ensure_authority(folder: Path, name: str) -> None:
    """Make a certificate authority unless there is one: others have come to trust it."""
    key, path = _key(folder / f"{name}.key"), folder / f"{name}.crt"
    if not path.exists():
        subject = _subject(f"local-cluster-{name}")
        _sign(path, subject, key, (subject, key), _AUTHORITY_DAYS, is_authority=True)


def _issue(folder: Path, certificate: Certificate) -> None:
    """Sign a certificate for a year."""
    path = folder / f"{certificate.authority}.crt"
    authority = x509.load_pem_x509_certificate(path.read_bytes()).subject
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH]
    extensions: list[x509.ExtensionType] = []
    if certificate.names:
        uses.append(ExtendedKeyUsageOID.SERVER_AUTH)
        extensions = [x509.SubjectAlternativeName(map(_alternative, certificate.names))]
    _sign(
        folder / f"{certificate.name}.crt",
        _subject(certificate.common_name, certificate.group),
        _key(folder / f"{certificate.name}.key"),
        (authority, _key(path.with_suffix(".key"))),
        _LEAF_DAYS,
        extensions=[x509.ExtendedKeyUsage(uses), *extensions],
    )


def _sign(
    path: Path,
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[x509.Name, ec.EllipticCurvePrivateKey],
    days: int,
    *,
    is_authority: bool = False,
    extensions: Sequence[x509.ExtensionType] = (),
) -> None:
    """Write a certificate with the extensions that every one has (RFC 5280, 4.2.1), and more."""
    name, signer = issuer
    now = datetime.datetime.now(datetime.UTC)
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder(name, subject, key.public_key(), x509.random_serial_number())
        # A minute ago: another machine's clock may be late.
        .not_valid_before(now - datetime.timedelta(minutes=1))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
    for extension in (
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
        *extensions,
    ):
        builder = builder.add_extension(extension, critical=False)
    signed = builder.sign(signer, hashes.SHA256())
    write_whole(path, signed.public_bytes(serialization.Encoding.PEM).decode("ascii"))


def _subject(common_name: str, group: str = "") -> x509.Name:
    """Return a subject as Kubernetes reads it: the user's name, and the group as organisation."""
    organisation = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group)] if group else []
    return x509.Name([*organisation, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _alternative(name: str) -> x509.GeneralName:
    """Return a host name or an address as certificates have it."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
