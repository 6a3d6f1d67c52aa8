"""The texts of the node's configuration files."""

from __future__ import annotations

from typing import Any

from .cgroups import path_in_hierarchy
from .networks import name_servers
from .settings import Settings

# Debian's package of the CNI plugins puts them there.
_CNI_PROGRAMS = "/usr/lib/cni"


def containerd(settings: Settings, pause_image: str) -> str:
    """Return containerd's configuration: nothing of it outside the cluster's folders.

    Args:
        settings: The cluster.
        pause_image: The image that holds the namespaces of each pod.
    """
    folder = settings.folder / "containerd"
    run = settings.run_folder
    return f"""\
version = 2
root = "{folder}/root"
state = "{run}/containerd"

[grpc]
  address = "{run}/containerd.sock"

[plugins."io.containerd.internal.v1.opt"]
  path = "{folder}/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause_image}"
  # Even root may lack the right to protect a process from the out-of-memory killer.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{_CNI_PROGRAMS}"
    conf_dir = "{settings.folder}/config/cni"

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
      Root = "{run}/runc"
"""


def pod_network(settings: Settings) -> dict[str, Any]:
    """Return the pods' network: a bridge, addresses handed out by this node, port mapping."""
    return {
        "cniVersion": "1.0.0",
        "name": settings.bridge,
        "plugins": [
            {
                "type": "bridge",
                "bridge": settings.bridge,
                "isGateway": True,
                "ipMasq": True,
                "hairpinMode": True,
                "ipam": {
                    "type": "host-local",
                    "dataDir": str(settings.run_folder / "addresses"),
                    "ranges": [[{"subnet": settings.pod_network}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
            {"type": "firewall"},
        ],
    }


def kubelet(settings: Settings) -> dict[str, Any]:
    """Return the kubelet's configuration."""
    folder = settings.folder
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": settings.node_address,
        "port": settings.ports["kubelet"],
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": settings.ports["kubelet-health"],
        # By default nobody comes in without a certificate or token, and the API server decides
        # who may do what.
        "authentication": {"x509": {"clientCAFile": str(settings.pki / "ca.crt")}},
        "tlsCertFile": str(settings.pki / "kubelet.crt"),
        "tlsPrivateKeyFile": str(settings.pki / "kubelet.key"),
        "containerRuntimeEndpoint": f"unix://{settings.run_folder}/containerd.sock",
        "cgroupRoot": path_in_hierarchy(settings),
        "failCgroupV1": False,
        "failSwapOn": False,
        "clusterDNS": [settings.dns_address],
        "clusterDomain": "cluster.local",
        "resolvConf": str(folder / "config" / "resolv.conf"),
        "podLogsDir": str(folder / "pods"),
        "volumePluginDir": str(folder / "volume-plugins"),
        # What is nearly full for a server is roomy for a developer's disk.
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "100Mi",
            "imagefs.available": "100Mi",
        },
        # Images are loaded by hand: one that was cleared away could not be had again.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "oomScoreAdj": 0,
    }


def kube_proxy(settings: Settings) -> dict[str, Any]:
    """Return kube-proxy's configuration."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clientConnection": {"kubeconfig": str(settings.kubeconfig_of("kube-proxy"))},
        "hostnameOverride": settings.node_name,
        "clusterCIDR": settings.pod_network,
        # Node ports for programs on this machine, not for its neighbours.
        "nodePortAddresses": ["127.0.0.0/8", f"{settings.node_address}/32"],
        "healthzBindAddress": f"127.0.0.1:{settings.ports['kube-proxy-health']}",
        "metricsBindAddress": f"127.0.0.1:{settings.ports['kube-proxy-metrics']}",
        # Leave the machine's connection tracking as it is.
        "conntrack": {
            "maxPerCore": 0,
            "tcpEstablishedTimeout": "0s",
            "tcpCloseWaitTimeout": "0s",
        },
        "oomScoreAdj": 0,
    }


def resolver() -> str:
    """Return the name servers that the cluster's DNS asks; none, where only this machine has."""
    return "".join(f"nameserver {address}\n" for address in name_servers())
