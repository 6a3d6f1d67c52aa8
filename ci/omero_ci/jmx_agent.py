"""`ci/jmx-agent`: what the JMX agent of the image omero-server tells, by its real rules.

OMERO.server cannot run here. A small Java program makes what it shows by JMX, with the same
libraries in the same versions; beside it is the real agent with the image's rules. What Prometheus
would read is written to the file of expected metrics, which `git diff` then shows. It needs Maven
and a JDK of version 11 or later on the PATH, so it is no part of `make test`.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local_cluster.ports import free_ports
from omero_ci.paths import ROOT
from tools.common.commands import output_of
from tools.common.errors import CommandError
from tools.common.wait import wait_until

CONFIG: Final = ROOT / "images" / "omero-server" / "jmx" / "config.yaml"
SERVER: Final = ROOT / "tests" / "unit" / "images" / "jmx" / "Server.java"
EXPECTED: Final = SERVER.with_name("metrics.txt")
_OURS = "omero_server_"
_SECONDS = 60


@dataclass(frozen=True)
class Jar:
    """A file of Maven Central.

    Attributes:
        group: Its group.
        artifact: Its name.
        version: Its version.
        sha256: Of the file.
    """

    group: str
    artifact: str
    version: str
    sha256: str


AGENT: Final = Jar(
    "io.prometheus.jmx",
    "jmx_prometheus_javaagent",
    "1.0.1",
    "7d61f737fd661610ccc14aea79764faa1ea94a340cbc8f0029b3d2edea3d80c1",
)
# As in OMERO's build files; the last two are what these import.
LIBRARIES: Final = (
    Jar(
        "com.codahale.metrics",
        "metrics-core",
        "3.0.2",
        "9e819c6f4d5f446e00cb05b08d0127226683b725a94d161288aea870c1bd2f63",
    ),
    Jar(
        "com.github.marcus-nl.btm",
        "btm",
        "3.0.0-mk1",
        "5ed60f08fe58b2e6117c985538a17b217962958acc946fe19c60eb4105115cb5",
    ),
    Jar(
        "org.slf4j",
        "slf4j-api",
        "1.7.36",
        "d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0",
    ),
    Jar(
        "javax.transaction",
        "javax.transaction-api",
        "1.3",
        "603df5e4fc1eeae8f5e5d363a8be6c1fa47d0df1df8739a05cbcb9fafd6df2da",
    ),
)


def main() -> int:
    """Write the expected metrics anew."""
    missing = [name for name in ("mvn", "java") if not shutil.which(name)]
    if missing:
        sys.stderr.write(f"not found on the PATH: {', '.join(missing)}; install Maven and a JDK\n")
        return 1
    try:
        with tempfile.TemporaryDirectory() as folder:
            told = _told(Path(folder))
    except CommandError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    EXPECTED.write_text("".join(f"{line}\n" for line in told), encoding="utf-8")
    sys.stdout.write(f"{EXPECTED.relative_to(ROOT)}: {len(told)} samples\n")
    return 0


def _told(folder: Path) -> list[str]:
    """The samples of the rules, in order of their names."""
    agent, *libraries = [_fetched(jar, folder) for jar in (AGENT, *LIBRARIES)]
    (port,) = free_ports(1, ())
    command = [
        "java",
        f"-javaagent:{agent}=127.0.0.1:{port}:{CONFIG}",
        *("-cp", ":".join(map(str, libraries))),
        str(SERVER),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            return _samples(server, f"http://127.0.0.1:{port}/metrics")
        finally:
            server.kill()


def _samples(server: subprocess.Popen[bytes], address: str) -> list[str]:
    def complete() -> list[str]:
        found = sorted(line for line in _lines(address) if line.startswith(_OURS))
        # The pool tells of itself a moment after the rest.
        return found if any("database_connections" in line for line in found) else []

    return wait_until(
        complete,
        _SECONDS,
        lambda why: f"{SERVER.name} and the agent show no metrics: {why}",
        failed=lambda: None if server.poll() is None else "the program has ended",
    )


def _lines(address: str) -> list[str]:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - of this machine
            return list(answer.read().decode().splitlines())
    except (urllib.error.URLError, ConnectionError):
        return []


def _fetched(jar: Jar, folder: Path) -> Path:
    """The file, from Maven's own copy or its registry, if it is the pinned one."""
    coordinates = f"{jar.group}:{jar.artifact}:{jar.version}"
    goal = ["dependency:copy", f"-Dartifact={coordinates}", f"-DoutputDirectory={folder}"]
    output_of(["mvn", "--batch-mode", "--quiet", *goal])
    path = folder / f"{jar.artifact}-{jar.version}.jar"
    if hashlib.sha256(path.read_bytes()).hexdigest() != jar.sha256:
        raise CommandError(f"{coordinates} is not the file whose checksum is pinned")
    return path


if __name__ == "__main__":
    sys.exit(main())
