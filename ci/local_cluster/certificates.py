"""The cluster's keys and certificates, made with trustme.

They do not expire: the cluster is for trials and tests, and its keys never leave this machine.

kubeadm's phases (`kubeadm init phase certs`, `kubeadm init phase kubeconfig`) could make most of
them. It is not used, because it has no certificate for the servers of the kubelet and the metrics
server and none for kube-proxy, so that this module would still be needed beside it, and because it
is one more program to build (70 packages that no other program here needs, 74 MB).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import trustme

from tools.common.paths import write_whole

from .settings import Settings

AUTHORITIES = ("ca", "etcd-ca", "front-proxy-ca")


@dataclass(frozen=True)
class Certificate:
    """A certificate that some component of the cluster shows to another.

    Attributes:
        name: The name of its files.
        common_name: Whom it names, for Kubernetes the user.
        group: The Kubernetes group it puts its holder in, if any.
        authority: Who signs it.
        names: The host names and addresses it is for, where a server shows it.
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
        # Its key signs the tokens of service accounts.
        Certificate("service-accounts", "service-accounts"),
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
    """Make the certificates that are missing, or that are to say something else than they do."""
    settings.pki.mkdir(parents=True, exist_ok=True)
    settings.pki.chmod(0o700)
    authorities = {name: _authority(settings.pki, name) for name in AUTHORITIES}
    record = settings.pki / "made.json"
    made = json.loads(record.read_text("utf-8")) if record.exists() else {}
    wanted = {each.name: each for each in wanted_certificates(settings)}
    for name, each in wanted.items():
        if made.get(name) == repr(each):
            continue
        issued = authorities[each.authority].issue_cert(
            # One without a name, and critical as trustme makes it, is rejected by Go.
            *(each.names or (name,)),
            common_name=each.common_name,
            organization_name=each.group or "local-cluster",
        )
        _write(settings.pki, name, issued.cert_chain_pems[0], issued.private_key_pem)
    write_whole(record, json.dumps({name: repr(each) for name, each in wanted.items()}, indent=1))


def _authority(folder: Path, name: str) -> trustme.CA:
    """Return an authority, made unless there is one: others have come to trust it."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    if certificate.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    made = trustme.CA(organization_name=f"local-cluster-{name}")
    _write(folder, name, made.cert_pem, made.private_key_pem)
    return made


def _write(folder: Path, name: str, certificate: trustme.Blob, key: trustme.Blob) -> None:
    """Write a pair; the certificate is there only when its key is."""
    write_whole(folder / f"{name}.key", key.bytes().decode("ascii"), mode=0o600)
    write_whole(folder / f"{name}.crt", certificate.bytes().decode("ascii"))
