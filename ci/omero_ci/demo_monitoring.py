"""How the demo, and the e2e ring, switch monitoring on in a cluster of `ci/cluster`."""

from __future__ import annotations

from typing import Any

from local_cluster.places import state_folder


def helm_options(cluster: str) -> list[str]:
    """Helm's options for the umbrella chart.

    Args:
        cluster: the name of the cluster, whose kubelet has folders of its own.
    """
    folder = state_folder(cluster)
    values = {
        "enabled": "true",
        "logs.podLogsFolder": folder / "pods",
        "logs.kubeletFolder": folder / "kubelet",
        "logs.positionsFolder": folder / "log-positions",
        # Names below .localhost lead to the browser's machine, and not to a pod's.
        "blackbox.ingress": "false",
        # A container's root is no shared mount.
        "nodeExporter.followMounts": "false",
        "prometheus.scrapeInterval": "15s",
    }
    return [
        word
        for key, value in values.items()
        for word in ("--set", f"omero-monitoring.{key}={value}")
    ]


def specification(release: str, namespace: str) -> dict[str, Any]:
    """What a platform's specification says about the monitoring of a release of the chart."""
    logs = {"stack": "victorialogs", "url": f"http://{release}-victorialogs.{namespace}:9428"}
    tools = {"enabled": True, "logs": logs}
    return {
        "monitoring": {
            "exporters": True,
            "prometheusUrl": f"http://{release}-prometheus.{namespace}:9090",
        },
        "web": {"plugins": {"adminTools": tools}},
    }
