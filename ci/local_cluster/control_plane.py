"""The control plane's command lines: etcd, API server, controller manager, scheduler."""

from __future__ import annotations

from pathlib import Path

from tools.common.paths import bin_folder

from .settings import Settings

Command = list[str | Path]

_OF_ADDRESSES = (
    "-endpoints-controller,-endpointslice-controller,-endpointslice-mirroring-controller"
)
# Of a control plane for tests, alone on its machine: Go's garbage collector would take a quarter of
# its processor time to save memory that nobody misses.
_SELDOM_COLLECTED: Command = ["/usr/bin/env", "GOGC=400"]


def etcd(settings: Settings) -> Command:
    """Return etcd's command line."""
    pki = settings.pki
    client = f"https://127.0.0.1:{settings.ports['etcd']}"
    peer = f"https://127.0.0.1:{settings.ports['etcd-peer']}"
    return [
        bin_folder() / "etcd",
        "--name=only",
        f"--data-dir={settings.folder / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=only={peer}",
        f"--cert-file={pki / 'etcd.crt'}",
        f"--key-file={pki / 'etcd.key'}",
        f"--trusted-ca-file={pki / 'etcd-ca.crt'}",
        "--client-cert-auth",
        f"--peer-cert-file={pki / 'etcd.crt'}",
        f"--peer-key-file={pki / 'etcd.key'}",
        f"--peer-trusted-ca-file={pki / 'etcd-ca.crt'}",
        "--peer-client-cert-auth",
        f"--listen-metrics-urls=http://127.0.0.1:{settings.ports['etcd-health']}",
        # A killed process loses nothing by this; a power cut may, and this is no such cluster.
        "--unsafe-no-fsync",
        "--logger=zap",
        "--log-level=warn",
    ]


def api_server(settings: Settings) -> Command:
    """Return the API server's command line."""
    pki = settings.pki
    command: Command = [
        bin_folder() / "kube-apiserver",
        f"--bind-address={settings.api_bind_address}",
        f"--secure-port={settings.ports['api-server']}",
        f"--advertise-address={settings.node_address}",
        f"--cert-dir={settings.folder / 'config'}",
        f"--etcd-servers=https://127.0.0.1:{settings.ports['etcd']}",
        f"--etcd-cafile={pki / 'etcd-ca.crt'}",
        f"--etcd-certfile={pki / 'etcd-client.crt'}",
        f"--etcd-keyfile={pki / 'etcd-client.key'}",
        f"--client-ca-file={pki / 'ca.crt'}",
        f"--tls-cert-file={pki / 'api-server.crt'}",
        f"--tls-private-key-file={pki / 'api-server.key'}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--service-cluster-ip-range={settings.service_network}",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={pki / 'service-accounts.crt'}",
        f"--service-account-signing-key-file={pki / 'service-accounts.key'}",
        f"--kubelet-client-certificate={pki / 'api-server-to-kubelet.crt'}",
        f"--kubelet-client-key={pki / 'api-server-to-kubelet.key'}",
        f"--kubelet-certificate-authority={pki / 'ca.crt'}",
        # The node's name is known to no DNS.
        "--kubelet-preferred-address-types=InternalIP",
        f"--requestheader-client-ca-file={pki / 'front-proxy-ca.crt'}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={pki / 'front-proxy.crt'}",
        f"--proxy-client-key-file={pki / 'front-proxy.key'}",
        "--profiling=false",
    ]
    if not settings.has_node:
        # Nobody but programs on the loopback: the address above is no real one then.
        command.append("--endpoint-reconciler-type=none")
        command[:0] = _SELDOM_COLLECTED
    return command


def controller_manager(settings: Settings) -> Command:
    """Return the controller manager's command line."""
    pki = settings.pki
    command = [
        *_client_of_the_api(settings, "controller-manager"),
        "--use-service-account-credentials=true",
        f"--service-account-private-key-file={pki / 'service-accounts.key'}",
        f"--root-ca-file={pki / 'ca.crt'}",
        f"--cluster-signing-cert-file={pki / 'ca.crt'}",
        f"--cluster-signing-key-file={pki / 'ca.key'}",
    ]
    if not settings.has_node:
        # Nobody makes volumes there, and every claim would be told so four times a minute.
        command.append("--pvclaimbinder-sync-period=1h")
        # Nor asks for the address of a pod, which is written anew with each change of one.
        command.append(f"--controllers=*,{_OF_ADDRESSES}")
        command[:0] = _SELDOM_COLLECTED
    return command


def scheduler(settings: Settings) -> Command:
    """Return the scheduler's command line."""
    return _client_of_the_api(settings, "scheduler")


def _client_of_the_api(settings: Settings, name: str) -> Command:
    """Return what the command lines of both have in common."""
    kubeconfig = settings.kubeconfig_of(name)
    return [
        bin_folder() / f"kube-{name}",
        "--bind-address=127.0.0.1",
        f"--secure-port={settings.ports[name]}",
        f"--kubeconfig={kubeconfig}",
        f"--authentication-kubeconfig={kubeconfig}",
        f"--authorization-kubeconfig={kubeconfig}",
        # There is no second one to elect against, and the election costs seconds.
        "--leader-elect=false",
        "--profiling=false",
    ]
