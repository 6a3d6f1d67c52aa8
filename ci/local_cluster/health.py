"""Asking a component whether it is healthy, and waiting until it is."""

from __future__ import annotations

import httpx

from omero_ci.supervisor import Services
from tools.common.errors import CommandError
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


def wait_with_kubectl(settings: Settings, *words: str, seconds: int, log: str) -> None:
    """Wait as a command of kubectl does.

    Args:
        settings: The cluster.
        *words: The command, for example `wait --for=create serviceaccount/default`.
        seconds: The most to wait.
        log: What `ci/cluster logs` shows of the part that does not do its work.

    Raises:
        CommandError: It took too long; with the command that shows the log.
    """
    try:
        settings.kubectl.run(*words, f"--timeout={seconds}s")
    except CommandError as error:
        see = f"ci/cluster logs {log} --name {settings.name}"
        raise CommandError(f"{error}\nSee {see}") from error


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
