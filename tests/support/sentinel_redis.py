"""A Redis with a replica behind three Sentinels, as private processes of a test."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import redis

import local_services
import tls_certificates
from free_ports import free_port
from local_site import commands
from local_site.answers import listens
from plugin_site import until

# Capital letters are allowed in it.
MASTER: Final = "Omero"
_HOST: Final = "127.0.0.1"
_QUORUM: Final = 2


@dataclass
class Lab:
    """The servers by their ports; which of them is the master is the Sentinels' to say."""

    folder: Path
    authority: Path | None
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16) + "/:@;")
    sentinel_password: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    servers: dict[int, local_services.Service] = field(default_factory=dict)
    sentinels: dict[int, local_services.Service] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """What the operator gives a pod."""
        for name, text in (("redis", self.password), ("sentinel", self.sentinel_password)):
            (self.folder / f"{name}-password").write_text(text)
        tls = {"REDIS_TLS": "true", "REDIS_CA_FILE": str(self.authority)} if self.authority else {}
        return {
            "REDIS_HOST": "",
            "REDIS_PORT": "",
            "REDIS_SENTINELS": ",".join(f"{_HOST}:{port}" for port in self.sentinels),
            "REDIS_MASTER_NAME": MASTER,
            "REDIS_PASSWORD_FILE": str(self.folder / "redis-password"),
            "REDIS_SENTINEL_PASSWORD_FILE": str(self.folder / "sentinel-password"),
            **tls,
        }

    def client(self, port: int, database: int = 0) -> redis.Redis:
        """A client of one server or Sentinel."""
        password = self.sentinel_password if port in self.sentinels else self.password
        tls: dict[str, Any] = {}
        if self.authority:
            tls = {"ssl": True, "ssl_ca_certs": str(self.authority)}
        return redis.Redis(_HOST, port, database, password, **tls)

    def master(self) -> int:
        """The port of the server that all living Sentinels call the master; 0 in between."""
        told = {self._told(port)["port"] for port in self._living()}
        return told.pop() if len(told) == 1 else 0

    def kill_master(self) -> None:
        """As when its node is lost; what was written before is on the replica."""
        port = self.master()
        with self.client(port) as client:
            assert client.wait(1, 60_000) == 1
        kill(self.servers[port])

    def kill_a_sentinel(self) -> None:
        """The first that clients ask."""
        kill(self.sentinels[next(iter(self.sentinels))])

    def wait_for_failover(self, before: int) -> None:
        """Until all Sentinels name another master."""
        until(lambda: self.master() not in (0, before))

    def settle(self) -> None:
        """Until each Sentinel knows the replica and the other Sentinels."""
        until(lambda: all(self._knows_all(port) for port in self.sentinels))

    def _knows_all(self, port: int) -> bool:
        with suppress(redis.RedisError, KeyError):
            state = self._told(port)
            others = state["num-other-sentinels"] == len(self.sentinels) - 1
            with self.client(port) as client:
                replicas = client.sentinel_slaves(MASTER)
            return others and any(each["master-link-status"] == "ok" for each in replicas)
        return False

    def _living(self) -> list[int]:
        return [port for port, each in self.sentinels.items() if each.process.poll() is None]

    def _told(self, port: int) -> Any:
        with self.client(port) as client:
            return client.sentinel_master(MASTER)


def kill(service: local_services.Service) -> None:
    """As when its node is lost."""
    service.process.send_signal(signal.SIGKILL)
    service.process.wait(10)


@contextmanager
def lab(folder: Path, *, encrypted: bool) -> Iterator[Lab]:
    """The servers, ready to fail over.

    Args:
        folder: for their files.
        encrypted: whether all of them speak TLS and nothing else.
    """
    authority = certificate = None
    if encrypted:
        authority, certificate = tls_certificates.make(folder, _HOST)
    made = Lab(folder, authority)
    with ExitStack() as stack:
        for number in range(2):
            port = free_port()
            settings = commands.redis_settings(port, made.password, certificate)
            settings += f"masterauth {made.password}\n" + _tls(authority)
            settings += "repl-diskless-sync-delay 0\n"
            if number:
                settings += f"replicaof {_HOST} {next(iter(made.servers))}\n"
            made.servers[port] = stack.enter_context(_server(folder / f"redis-{number}", settings))
        for number in range(3):
            port = free_port()
            settings = commands.redis_settings(port, made.sentinel_password, certificate)
            settings = "\n".join(
                line for line in settings.splitlines() if not line.startswith(("save", "append"))
            )
            settings += "\n" + _tls(authority) + _sentinel(made)
            made.sentinels[port] = stack.enter_context(
                _server(folder / f"sentinel-{number}", settings, "--sentinel")
            )
        made.settle()
        yield made


def _tls(authority: Path | None) -> str:
    return f"tls-replication yes\ntls-ca-cert-file {authority}\n" if authority else ""


def _sentinel(made: Lab) -> str:
    master = next(iter(made.servers))
    return (
        f"sentinel monitor {MASTER} {_HOST} {master} {_QUORUM}\n"
        f"sentinel auth-pass {MASTER} {made.password}\n"
        f"sentinel sentinel-pass {made.sentinel_password}\n"
        f"sentinel down-after-milliseconds {MASTER} 1000\n"
        f"sentinel failover-timeout {MASTER} 10000\n"
    )


@contextmanager
def _server(folder: Path, settings: str, *more: str) -> Iterator[local_services.Service]:
    folder.mkdir()
    file, log = folder / "redis.conf", folder / "redis.log"
    file.write_text(settings)
    port = next(int(line.split()[1]) for line in settings.splitlines() if "port " in line[:9])
    if "tls-port" in settings:
        port = int(settings.partition("tls-port ")[2].split()[0])
    command = [*commands.redis(file, folder), *more]
    start = partial(local_services.launch, command, log)
    with local_services.running(start, log, lambda: listens(port)) as process:
        yield local_services.Service(port, "", log, process)
