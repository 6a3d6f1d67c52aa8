"""An API server and its store alone: it validates and keeps, and no controller acts on it.

It starts in about two seconds, a fifth of what `ci/cluster up --control-plane-only` takes: no
controllers, no certificates between the two, and roles only where a test asks for them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import trustme

from free_ports import free_port
from tools.common import wait
from tools.common.paths import bin_folder

# Its processes see nobody but this machine, and it is gone with the test.
_TOKEN: Final = "administrator-of-a-test"
_SECONDS = 120


@contextmanager
def bare_api_server(folder: Path, authorization: str = "AlwaysAllow") -> Iterator[httpx.Client]:
    """An administrator's client of a new one.

    Args:
        folder: For its data and logs; new.
        authorization: How it decides who may what, such as RBAC.
    """
    store, peer, port = free_port(), free_port(), free_port()
    commands = {
        "etcd": _etcd(folder, store, peer),
        "api-server": _api_server(folder, store, port, authorization),
    }
    processes = {name: _started(command, folder / name) for name, command in commands.items()}
    try:
        with httpx.Client(
            base_url=f"https://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {_TOKEN}"},
            verify=False,  # noqa: S501 - it makes itself a certificate, on the loopback
            trust_env=False,
            timeout=30,
        ) as client:
            _wait_ready(client, processes, folder)
            yield client
    finally:
        for process in reversed(processes.values()):
            process.kill()
            process.wait()


def _etcd(folder: Path, store: int, peer: int) -> list[str]:
    client_url, peer_url = (f"http://127.0.0.1:{port}" for port in (store, peer))
    return [
        f"{bin_folder()}/etcd",
        "--name=only",
        f"--data-dir={folder / 'data'}",
        f"--listen-client-urls={client_url}",
        f"--advertise-client-urls={client_url}",
        f"--listen-peer-urls={peer_url}",
        f"--initial-advertise-peer-urls={peer_url}",
        f"--initial-cluster=only={peer_url}",
        "--unsafe-no-fsync",
        "--log-level=warn",
    ]


def _api_server(folder: Path, store: int, port: int, authorization: str) -> list[str]:
    key, tokens = folder / "key.pem", folder / "tokens.csv"
    key.write_bytes(trustme.CA().private_key_pem.bytes())
    tokens.write_text(f"{_TOKEN},administrator,administrator,system:masters\n", encoding="utf-8")
    return [
        f"{bin_folder()}/kube-apiserver",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        "--advertise-address=127.0.0.1",
        f"--cert-dir={folder / 'certificates'}",
        f"--etcd-servers=http://127.0.0.1:{store}",
        f"--token-auth-file={tokens}",
        f"--authorization-mode={authorization}",
        "--service-account-issuer=https://nobody.example.org",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--service-cluster-ip-range=10.222.0.0/24",
        "--endpoint-reconciler-type=none",
        "--enable-priority-and-fairness=false",
        "--disable-admission-plugins=ServiceAccount",
    ]


def _started(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.with_suffix(".log").open("wb") as stream:
        return subprocess.Popen(command, stdout=stream, stderr=stream)


def _wait_ready(
    client: httpx.Client, processes: dict[str, subprocess.Popen[bytes]], folder: Path
) -> None:
    """Wait until it answers.

    Raises:
        CommandError: It does not; with the end of the logs.
    """

    def ready() -> bool:
        try:
            return client.get("/readyz").is_success
        except httpx.TransportError:
            return False

    def ended() -> str | None:
        gone = [name for name, process in processes.items() if process.poll() is not None]
        return f"{' and '.join(gone)} ended" if gone else None

    def words(why: str) -> str:
        logs = (folder / f"{name}.log" for name in processes)
        return f"no API server: {why}\n" + "\n".join(log.read_text()[-1500:] for log in logs)

    wait.wait_until(ready, _SECONDS, words, failed=ended)


def error_of(answer: httpx.Response) -> str:
    """What the API server has against a request; empty where it took it."""
    if answer.is_success:
        return ""
    body: Any = answer.json()
    return f"{answer.status_code}: {body.get('message', answer.text)}"
