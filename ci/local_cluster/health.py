"""Asking a component whether it is healthy, and waiting until it is."""

from __future__ import annotations

import httpx

from omero_ci.supervisor import Services
from tools.common.wait import wait_until

from .settings import Settings


def is_healthy(settings: Settings, component: str) -> bool:
    """Tell whether a component answers that it is healthy."""
    ports = settings.ports
    urls = {
        "etcd": f"http://127.0.0.1:{ports['etcd-health']}/health",
        "api-server": f"https://{settings.api_bind_address}:{ports['api-server']}/readyz",
        "controller-manager": f"https://127.0.0.1:{ports['controller-manager']}/healthz",
        "scheduler": f"https://127.0.0.1:{ports['scheduler']}/healthz",
        "kubelet": f"http://127.0.0.1:{ports['kubelet-health']}/healthz",
        "kube-proxy": f"http://127.0.0.1:{ports['kube-proxy-health']}/healthz",
    }
    try:
        # It is asked nothing secret, and some make themselves certificates that nobody signed.
        answer = httpx.get(urls[component], verify=False, timeout=2, trust_env=False)  # noqa: S501
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK


def wait_healthy(settings: Settings, services: Services, name: str, seconds: float) -> None:
    """Wait until a component is healthy; one whose process has ended is not waited for.

    Raises:
        CommandError: It is not; with the end of its log.
    """
    wait_until(
        lambda: is_healthy(settings, name),
        seconds,
        lambda why: (
            f"{name} did not become healthy: {why}; its log is "
            f"{settings.logs / name}.log, the last lines:\n{services.log_tail(name)}"
        ),
        failed=lambda: None if services.find(name) else "its process has ended",
    )
