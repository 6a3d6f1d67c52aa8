"""The cluster's keys and certificates, made with the openssl program."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

from tools.common.commands import output_of
from tools.common.paths import write_whole

from .settings import Settings

_DAY = 24 * 3600
_LEAF_DAYS = 365
_AUTHORITY_DAYS = 3650
_RENEW_BEFORE = 30 * _DAY

AUTHORITIES = ("ca", "etcd-ca", "front-proxy-ca")


@dataclass(frozen=True)
class Certificate:
    """A certificate that some part of the cluster shows to another.

    Attributes:
        name: The name of its files.
        common_name: Whom it names.
        group: The Kubernetes group it puts its holder in, if any.
        authority: Who signs it.
        names: The host names and addresses it is for, as openssl writes them; a certificate
            with none is good for clients only.
    """

    name: str
    common_name: str
    group: str | None = None
    authority: str = "ca"
    names: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """Return the subject as openssl writes it."""
        return (f"/O={self.group}" if self.group else "") + f"/CN={self.common_name}"


METRICS_SERVER = Certificate(
    "metrics-server", "metrics-server", names=("DNS:metrics-server.kube-system.svc",)
)


def wanted_certificates(settings: Settings) -> list[Certificate]:
    """Return all certificates of a cluster."""
    loopback = ("DNS:localhost", "IP:127.0.0.1")
    service_names = tuple(
        f"DNS:kubernetes{suffix}"
        for suffix in ("", ".default", ".default.svc", ".default.svc.cluster.local")
    )
    addresses = (f"IP:{settings.api_service_address}", f"IP:{settings.node_address}")
    return [
        Certificate("api-server", "kube-apiserver", names=loopback + service_names + addresses),
        Certificate("api-server-to-kubelet", "kube-apiserver-kubelet-client", "system:masters"),
        Certificate("front-proxy", "front-proxy-client", authority="front-proxy-ca"),
        Certificate("etcd", "etcd", authority="etcd-ca", names=loopback),
        Certificate("etcd-client", "kube-apiserver-etcd-client", authority="etcd-ca"),
        Certificate("admin", "local-cluster-admin", "system:masters"),
        Certificate("controller-manager", "system:kube-controller-manager"),
        Certificate("scheduler", "system:kube-scheduler"),
        Certificate("kube-proxy", "system:kube-proxy"),
        METRICS_SERVER,
        Certificate(
            "kubelet",
            f"system:node:{settings.node_name}",
            "system:nodes",
            names=(f"DNS:{settings.node_name}", f"IP:{settings.node_address}", "IP:127.0.0.1"),
        ),
    ]


def ensure_certificates(settings: Settings) -> bool:
    """Make the certificates that are missing, changed or about to expire.

    Returns:
        Whether any were made.
    """
    wanted = wanted_certificates(settings)
    digest = hashlib.sha256(repr(wanted).encode()).hexdigest()
    record = settings.pki / "made.json"
    try:
        made = json.loads(record.read_text(encoding="utf-8"))
        if made["digest"] == digest and made["expires"] - time.time() > _RENEW_BEFORE:
            return False
    except (OSError, ValueError, KeyError, TypeError):
        pass  # None yet, or a run was cut short: make them.
    settings.pki.mkdir(parents=True, exist_ok=True)
    settings.pki.chmod(0o700)
    for authority in AUTHORITIES:
        _ensure_authority(settings.pki, authority)
    for certificate in wanted:
        _issue(settings.pki, certificate)
    _ensure_key(settings.pki / "service-accounts.key")
    public = settings.pki / "service-accounts.pub"
    write_whole(
        public, output_of(["openssl", "pkey", "-in", public.with_suffix(".key"), "-pubout"])
    )
    expires = time.time() + _LEAF_DAYS * _DAY
    write_whole(record, json.dumps({"digest": digest, "expires": expires}))
    return True


def ensure_single(folder: Path, certificate: Certificate) -> None:
    """Make one certificate, and its authority where there is none, in a folder of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    _ensure_authority(folder, certificate.authority)
    _issue(folder, certificate)


def _ensure_key(path: Path) -> None:
    """Make a private key unless there is one; a new one would void what it has signed."""
    if not path.exists():
        curve = "ec_paramgen_curve:P-256"
        key = output_of(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", curve])
        write_whole(path, key, mode=0o600)


def _ensure_authority(folder: Path, name: str) -> None:
    """Make a certificate authority unless there is one: others have come to trust it."""
    certificate = folder / f"{name}.crt"
    _ensure_key(folder / f"{name}.key")
    if certificate.exists():
        return
    text = output_of(
        [
            *("openssl", "req", "-x509", "-new", "-key", folder / f"{name}.key"),
            *("-subj", f"/CN=local-cluster-{name}", "-days", str(_AUTHORITY_DAYS)),
            *("-addext", "keyUsage=critical,digitalSignature,keyCertSign"),
        ]
    )
    write_whole(certificate, text)


def _issue(folder: Path, certificate: Certificate) -> None:
    """Sign a certificate for a year."""
    key = folder / f"{certificate.name}.key"
    _ensure_key(key)
    uses = "clientAuth,serverAuth" if certificate.names else "clientAuth"
    extensions = [f"extendedKeyUsage={uses}", "keyUsage=critical,digitalSignature"]
    if certificate.names:
        extensions.append(f"subjectAltName={','.join(certificate.names)}")
    extension_file = folder / f"{certificate.name}.ext"
    write_whole(extension_file, "\n".join(extensions) + "\n")
    request = output_of(["openssl", "req", "-new", "-key", key, "-subj", certificate.subject])
    authority = folder / certificate.authority
    signed = output_of(
        [
            *("openssl", "x509", "-req", "-days", str(_LEAF_DAYS), "-extfile", extension_file),
            *("-CA", f"{authority}.crt", "-CAkey", f"{authority}.key", "-CAcreateserial"),
        ],
        stdin=request,
    )
    write_whole(folder / f"{certificate.name}.crt", signed)
