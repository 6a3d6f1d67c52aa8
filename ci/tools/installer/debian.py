"""Installing the Debian packages that are missing, without starting their services."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.common.commands import run, run_logged, succeeds
from tools.common.errors import CommandError
from tools.common.paths import logs_folder

from .go_tools import TOOLS_FOLDER

LIST_FILE = TOOLS_FOLDER / "debian-packages.txt"

# invoke-rc.d asks this program before it starts a service; 101 means "do not".
_POLICY = Path("/usr/sbin/policy-rc.d")
_POLICY_SAVED = _POLICY.with_name("policy-rc.d.before-omero-platform")
_POLICY_TEXT = """\
#!/bin/sh
# Written by omero-platform's ci/tools/install while it installs.
exit 101
"""

# Units that Debian enables on installation. Tests start these programs themselves, as they
# need them; on a machine with systemd they must not come up at the next boot either.
_SERVICES = {
    "containerd": "containerd.service",
    "nginx": "nginx.service",
    "postgresql": "postgresql.service",
    "prometheus": "prometheus.service",
    "prometheus-alertmanager": "prometheus-alertmanager.service",
    "prometheus-blackbox-exporter": "prometheus-blackbox-exporter.service",
    "prometheus-node-exporter": "prometheus-node-exporter.service",
    "prometheus-postgres-exporter": "prometheus-postgres-exporter.service",
    "prometheus-redis-exporter": "prometheus-redis-exporter.service",
    "redis-server": "redis-server.service",
}


def parse_list(text: str) -> list[tuple[str, str]]:
    """Read the package list.

    Args:
        text: Lines of ``NAME [unless=PROGRAM]``, with comments after ``#``.

    Returns:
        The packages, in the list's order, each with the program that makes it needless, if any.
    """
    line = r"^([a-z0-9.+-]+)(?: +unless=(\S+))? *(?:#.*)?$"
    return re.findall(line, text, re.MULTILINE)


def installed_packages(names: list[str]) -> set[str]:
    """Return those of the packages that are installed and configured."""
    # It ends with 1 when it does not know one of them.
    form = "--showformat=${Package} ${db:Status-Abbrev}\n"
    answer = run(["dpkg-query", "--show", form, *names])
    return set(re.findall(r"^(\S+) ii", answer.stdout, re.MULTILINE))


def missing_packages() -> list[str]:
    """Return the packages of the list that this machine lacks."""
    if shutil.which("dpkg-query") is None:
        raise CommandError(f"this is not Debian; install what {LIST_FILE} lists by other means")
    wanted = parse_list(LIST_FILE.read_text(encoding="utf-8"))
    present = installed_packages([name for name, _ in wanted])
    return [
        name
        for name, program in wanted
        if name not in present and not (program and shutil.which(program))
    ]


def install(names: list[str]) -> None:
    """Install packages with apt-get.

    Args:
        names: The packages.
    """
    if os.geteuid() != 0:
        raise CommandError(
            f"Debian packages are missing and only root may install them; run as root:\n"
            f"    apt-get install {' '.join(names)}"
        )
    log = logs_folder() / "debian.log"
    log.unlink(missing_ok=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    waiting = "-oDPkg::Lock::Timeout=300"
    run_logged(["apt-get", waiting, "update"], log, environment)
    with _services_stay_off():
        run_logged(
            ["apt-get", waiting, "install", "--yes", "--no-install-recommends", *names],
            log,
            environment,
        )
        if Path("/run/systemd/system").is_dir():
            for name in sorted(_SERVICES.keys() & set(names)):
                run_logged(["systemctl", "disable", _SERVICES[name]], log, environment)


@contextmanager
def _services_stay_off() -> Iterator[None]:
    """Keep packages from starting their services, and put the machine's own rule back after."""
    _restore_policy()  # What a killed run may have left.
    if succeeds([_POLICY, "postgresql", "start"]) or not _POLICY.exists():
        if _POLICY.exists():
            _POLICY.replace(_POLICY_SAVED)
        _POLICY.write_text(_POLICY_TEXT, encoding="utf-8")
        _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _restore_policy()


def _restore_policy() -> None:
    """Remove our rule about starting services and bring back the one before it."""
    if _POLICY.exists() and _POLICY.read_text(encoding="utf-8") == _POLICY_TEXT:
        _POLICY.unlink()
    if _POLICY_SAVED.exists():
        _POLICY_SAVED.replace(_POLICY)
