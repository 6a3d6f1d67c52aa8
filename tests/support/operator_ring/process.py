"""The operator as a process of its own."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx

import forked
from free_ports import free_port
from operator_ring.kube import wait_until

# How often the operator has looked at a platform.
PASSES = "omero_operator_pass_seconds_count"

forked.import_once("omero_operator.__main__")


def _read_kubeconfig_again() -> None:
    """The library looked at the variable when it was imported."""
    from kubernetes.aio.config import kube_config as for_us
    from kubernetes.config import kube_config as for_kopf

    for_us.KUBE_CONFIG_DEFAULT_LOCATION = os.environ["KUBECONFIG"]
    for_kopf.KUBE_CONFIG_DEFAULT_LOCATION = os.environ["KUBECONFIG"]


def kubeconfig(path: Path, server: str, token: str, ca: str | None) -> Path:
    """Write a kubeconfig with a service account's token."""
    cluster: dict[str, str] = {"server": server}
    if ca:
        cluster["certificate-authority-data"] = base64.b64encode(ca.encode()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "operator",
        "clusters": [{"name": "operator", "cluster": cluster}],
        "users": [{"name": "operator", "user": {"token": token}}],
        "contexts": [{"name": "operator", "context": {"cluster": "operator", "user": "operator"}}],
    }
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def run_command(config: Path, log: Path, *arguments: str, **env: str) -> tuple[int, str]:
    """Run a command of `omero-operator` to its end.

    Returns:
        Its exit code and what it printed.
    """
    environment = {"PATH": os.environ["PATH"], "KUBECONFIG": str(config), **env}
    process = forked.Forked(
        "omero_operator",
        *arguments,
        environment=environment,
        log=log,
        first=_read_kubeconfig_again,
    )
    code = process.wait(60)
    return code, log.read_text(encoding="utf-8")


class OperatorProcess:
    """Starts, kills and stops one replica.

    Attributes:
        log: File with everything that all its starts wrote.
        source: Folder with another build's package; None for the one under test.
    """

    def __init__(
        self, config: Path, folder: Path, identity: str = "operator-0", **env: str
    ) -> None:
        self.source: Path | None = None
        self.log = folder / f"{identity}.log"
        self.health_port = free_port()
        self.metrics_port = free_port()
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            # Kopf's copies of certificates stay behind when it is killed.
            "TMPDIR": str(folder),
            # It trusts the cluster's own authority. Reading Debian's, for nobody, is 0.06 s of
            # processor time at each of some hundred starts.
            "SSL_CERT_FILE": os.devnull,
            # As in its image.
            "MALLOC_MMAP_THRESHOLD_": "131072",
            "KUBECONFIG": str(config),
            "POD_NAME": identity,
            "OPERATOR_NAMESPACE": "omero-system",
            "HEALTH_HOST": "127.0.0.1",
            "HEALTH_PORT": str(self.health_port),
            "METRICS_PORT": str(self.metrics_port),
            **env,
        }
        self._process: forked.Forked | subprocess.Popen[bytes] | None = None

    def configure(self, **env: str) -> None:
        """Change settings, for its next start."""
        self._environment.update(env)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> OperatorProcess:
        if self.source is not None:
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "omero_operator"],
                    env={**self._environment, "PYTHONPATH": str(self.source)},
                    stdout=log,
                    stderr=log,
                )
            return self
        self._process = forked.Forked(
            "omero_operator",
            environment=self._environment,
            log=self.log,
            first=_read_kubeconfig_again,
        )
        return self

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self._signal(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, and its exit code."""
        return self._signal(signal.SIGTERM)

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait_dead(self, seconds: float = 60) -> int:
        """Wait until it has ended; its exit code."""
        assert self._process is not None
        return self._process.wait(seconds)

    def wait_active(self, seconds: float = 120) -> None:
        wait_until(lambda: self.metric("omero_operator_leader") == 1, seconds, self.tail)

    def wait_still(self) -> None:
        """Wait until it has made no pass for six seconds.

        On a busy machine Kubernetes' controllers write into children long after the platform is
        what a test waited for, and each such write is looked at.
        """
        end = time.monotonic() + 60
        seen, since = self.metric(PASSES), time.monotonic()
        while time.monotonic() - since < 6:
            assert time.monotonic() < end, f"never still: {self.tail()}"
            time.sleep(0.2)
            if (now := self.metric(PASSES)) != seen:
                seen, since = now, time.monotonic()

    def metric(self, name: str) -> float:
        """The value of a metric without labels; -1 while it cannot be read."""
        try:
            page = _fetch(f"http://127.0.0.1:{self.metrics_port}/metrics")
        except httpx.HTTPError:
            return -1
        for line in page.splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[1])
        return -1

    def writes(self) -> float:
        """Writes that the present process sent, by its own metrics, without the Lease's."""
        page = _fetch(f"http://127.0.0.1:{self.metrics_port}/metrics")
        return sum(
            float(line.rsplit(maxsplit=1)[1])
            for line in page.splitlines()
            if line.startswith("omero_operator_api_calls_total")
            and any(f'verb="{verb}"' in line for verb in ("create", "patch", "delete"))
            and 'kind="Lease"' not in line
        )

    def platforms(self) -> set[str]:
        """Names of platforms that a metric speaks of."""
        page = _fetch(f"http://127.0.0.1:{self.metrics_port}/metrics")
        return set(re.findall(r'[{,]platform="([^"]*)"', page))

    def healthy(self) -> bool:
        try:
            _fetch(f"http://127.0.0.1:{self.health_port}/healthz")
        except httpx.HTTPError:
            return False
        return True

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else "(no log)"

    def _signal(self, number: signal.Signals) -> int:
        if self.running():
            self.send(number)
        return self.wait_dead(30)


# One for all: making one costs 20 ms, and waiting means asking often. It keeps no connection,
# since the other end is often killed.
_http = httpx.Client(timeout=3, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


def _fetch(url: str) -> str:
    answer = _http.get(url)
    answer.raise_for_status()
    return answer.text
