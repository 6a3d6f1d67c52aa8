"""Waiting for a part to answer, and giving up in words that help."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from tools.common.errors import Refusal

from .processes import ProcessFolder
from .settings import Settings


@dataclass(frozen=True)
class Endpoint:
    """Where a part says whether it is well.

    Attributes:
        address: The address it listens on.
        port: The port.
        path: The page.
        secure: Whether it speaks TLS.
        certificate: Whom we come as, when it wants to know.
        authority: Who signed its certificate; without one it is not looked at.
    """

    address: str
    port: int
    path: str
    secure: bool = True
    certificate: str | None = None
    authority: str | None = None


def endpoints(settings: Settings) -> dict[str, Endpoint]:
    """Return where each part with a process of its own says whether it is well."""
    ports = settings.ports
    local = "127.0.0.1"
    found = {
        "etcd": Endpoint(local, ports["etcd"], "/health", True, "etcd-client", "etcd-ca"),
        "api-server": Endpoint(
            settings.api_bind_address, ports["api-server"], "/readyz", True, "admin", "ca"
        ),
        # These two make themselves a certificate that nobody signed.
        "controller-manager": Endpoint(local, ports["controller-manager"], "/healthz"),
    }
    if settings.has_node:
        found |= {
            "scheduler": Endpoint(local, ports["scheduler"], "/healthz"),
            "kubelet": Endpoint(local, ports["kubelet-health"], "/healthz", False),
            "kube-proxy": Endpoint(local, ports["kube-proxy-health"], "/healthz", False),
        }
    return found


def is_well(settings: Settings, endpoint: Endpoint, timeout: float = 2.0) -> bool:
    """Tell whether a part answers that it is well."""
    connection: http.client.HTTPConnection
    try:
        if endpoint.secure:
            connection = http.client.HTTPSConnection(
                endpoint.address,
                endpoint.port,
                timeout=timeout,
                context=_tls(settings, endpoint),
            )
        else:
            connection = http.client.HTTPConnection(
                endpoint.address, endpoint.port, timeout=timeout
            )
        try:
            connection.request("GET", endpoint.path)
            return connection.getresponse().status == http.client.OK
        finally:
            connection.close()
    except (OSError, http.client.HTTPException):
        return False


def _tls(settings: Settings, endpoint: Endpoint) -> ssl.SSLContext:
    """Return the TLS settings for a part."""
    context = ssl.create_default_context()
    if endpoint.authority is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(settings.pki / f"{endpoint.authority}.crt")
    if endpoint.certificate is not None:
        pair = settings.pki / endpoint.certificate
        context.load_cert_chain(f"{pair}.crt", f"{pair}.key")
    return context


def wait_for_part(settings: Settings, processes: ProcessFolder, part: str, limit: float) -> None:
    """Wait until a part says that it is well.

    Args:
        settings: The cluster.
        processes: Its processes; a part that has ended is not waited for.
        part: The part.
        limit: The most seconds to wait.
    """
    endpoint = endpoints(settings)[part]

    def ended() -> str | None:
        return None if processes.find(part) else "its process has ended"

    wait_until(
        lambda: is_well(settings, endpoint),
        limit,
        lambda why: (
            f"{part} did not come up: {why}; its log is "
            f"{settings.logs / part}.log, the last lines:\n{processes.last_words(part)}"
        ),
        ended,
    )


def wait_until(
    condition: Callable[[], bool],
    limit: float,
    complaint: Callable[[str], str],
    hopeless: Callable[[], str | None] = lambda: None,
    pause: float = 0.1,
) -> None:
    """Wait until a condition holds.

    Args:
        condition: The condition.
        limit: The most seconds to wait.
        complaint: Makes the error's text from the reason for giving up.
        hopeless: Says why there is no point in waiting on, if there is none.
        pause: The seconds between two looks.

    Raises:
        Refusal: It took too long, or is hopeless.
    """
    deadline = time.monotonic() + limit
    while not condition():
        reason = hopeless()
        if reason is None and time.monotonic() > deadline:
            reason = f"no answer within {limit:.0f} s"
        if reason is not None:
            raise Refusal(complaint(reason))
        time.sleep(pause)
