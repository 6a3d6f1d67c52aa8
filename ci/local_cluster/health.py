"""Asking a component whether it is healthy, and waiting until it is."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

import httpx

from omero_ci.supervisor import Services
from tools.common.wait import wait_until

from .settings import Settings


@dataclass(frozen=True)
class Endpoint:
    """Where a component answers whether it is healthy.

    Attributes:
        url: The address.
        certificate: The client certificate that it wants to see, if any.
        authority: Who signed its certificate; without one that is not checked.
    """

    url: str
    certificate: str | None = None
    authority: str | None = None


def endpoints(settings: Settings) -> dict[str, Endpoint]:
    """Return the health endpoint of each component with a process of its own."""
    ports = settings.ports
    found = {
        "etcd": Endpoint(f"https://127.0.0.1:{ports['etcd']}/health", "etcd-client", "etcd-ca"),
        "api-server": Endpoint(
            f"https://{settings.api_bind_address}:{ports['api-server']}/readyz", "admin", "ca"
        ),
        # These two make themselves a certificate that nobody signed.
        "controller-manager": Endpoint(f"https://127.0.0.1:{ports['controller-manager']}/healthz"),
    }
    if settings.has_node:
        found |= {
            "scheduler": Endpoint(f"https://127.0.0.1:{ports['scheduler']}/healthz"),
            "kubelet": Endpoint(f"http://127.0.0.1:{ports['kubelet-health']}/healthz"),
            "kube-proxy": Endpoint(f"http://127.0.0.1:{ports['kube-proxy-health']}/healthz"),
        }
    return found


def is_healthy(settings: Settings, endpoint: Endpoint) -> bool:
    """Tell whether a component answers that it is healthy."""
    try:
        verify = _tls(settings, endpoint)
        answer = httpx.get(endpoint.url, verify=verify, timeout=2, trust_env=False)
    except (OSError, httpx.HTTPError):
        return False
    return answer.status_code == httpx.codes.OK


def _tls(settings: Settings, endpoint: Endpoint) -> ssl.SSLContext | bool:
    """Return the TLS settings for a component."""
    if endpoint.authority is None:
        return False
    context = ssl.create_default_context(cafile=settings.pki / f"{endpoint.authority}.crt")
    if endpoint.certificate is not None:
        pair = settings.pki / endpoint.certificate
        context.load_cert_chain(f"{pair}.crt", f"{pair}.key")
    return context


def wait_healthy(settings: Settings, services: Services, name: str, seconds: float) -> None:
    """Wait until a component is healthy; one whose process has ended is not waited for.

    Raises:
        CommandError: It is not; with the end of its log.
    """
    endpoint = endpoints(settings)[name]
    wait_until(
        lambda: is_healthy(settings, endpoint),
        seconds,
        lambda why: (
            f"{name} did not become healthy: {why}; its log is "
            f"{settings.logs / name}.log, the last lines:\n{services.log_tail(name)}"
        ),
        failed=lambda: None if services.find(name) else "its process has ended",
    )
