"""Asking a component whether it is healthy, and waiting until it is."""

from __future__ import annotations

import ssl

import httpx

from omero_ci.supervisor import Services
from tools.common.wait import wait_until

from .settings import Settings


def url_of(settings: Settings, component: str) -> str:
    """Return where a component with a process of its own answers whether it is healthy."""
    ports = settings.ports
    urls = {
        "etcd": f"https://127.0.0.1:{ports['etcd']}/health",
        "api-server": f"https://{settings.api_bind_address}:{ports['api-server']}/readyz",
        "controller-manager": f"https://127.0.0.1:{ports['controller-manager']}/healthz",
        "scheduler": f"https://127.0.0.1:{ports['scheduler']}/healthz",
        "kubelet": f"http://127.0.0.1:{ports['kubelet-health']}/healthz",
        "kube-proxy": f"http://127.0.0.1:{ports['kube-proxy-health']}/healthz",
    }
    return urls[component]


def is_healthy(settings: Settings, component: str) -> bool:
    """Tell whether a component answers that it is healthy."""
    try:
        url, verify = url_of(settings, component), _tls(settings, component)
        answer = httpx.get(url, verify=verify, timeout=2, trust_env=False)
    except (OSError, httpx.HTTPError):
        return False
    return answer.status_code == httpx.codes.OK


def _tls(settings: Settings, component: str) -> ssl.SSLContext | bool:
    """Return the TLS settings for a component."""
    pairs = {"etcd": ("etcd-ca", "etcd-client"), "api-server": ("ca", "admin")}
    if component not in pairs:
        # The controller manager and the scheduler make themselves certificates nobody signed.
        return False
    authority, client = pairs[component]
    context = ssl.create_default_context(cafile=settings.pki / f"{authority}.crt")
    context.load_cert_chain(settings.pki / f"{client}.crt", settings.pki / f"{client}.key")
    return context


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
