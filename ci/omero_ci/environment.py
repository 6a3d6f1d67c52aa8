"""`ci/setup`: the one virtual environment of the host, `.venv`, from the lock file."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from omero_ci import uv
from omero_ci.console import say, step
from omero_ci.paths import ROOT, VENV
from tools.common.commands import output_of, run, succeeds
from tools.common.errors import CommandError
from tools.common.fingerprint import fingerprint, version_of_file
from tools.common.paths import wheels_folder

LOCK = ROOT / "requirements" / "host.txt"
# Bio-Formats' jar, which the stand-in reads imported files with.
JAR_LOCK = ROOT / "requirements" / "bio-formats.txt"
STAMP = VENV / "omero-platform.stamp"
# Folders that may hold a distribution of ours: each with a pyproject.toml is installed editable.
MEMBERS = ("operator", "common", "plugins/*", "standin", "ims", "kubectl-omero", "tests/support/*")
OLDEST, NEWEST = (3, 11), (3, 12)


def main(arguments: list[str]) -> int:
    """Make `.venv` what the lock file says; a second run finds that it is and does nothing."""
    if arguments:
        raise CommandError("usage: ci/setup    (no arguments; PYTHON=... chooses the interpreter)")
    python = _interpreter()
    members = _members()
    wheel = ice_wheel()
    wanted = _fingerprint(python, members, wheel)
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == wanted:
        say(".venv is up to date")
        return 0
    STAMP.unlink(missing_ok=True)
    with step(f"virtual environment .venv from {python}"):
        _make_venv(python)
    with step(f"packages of {LOCK.relative_to(ROOT)}, hashes checked"):
        uv.bring_uv(LOCK)
        uv.install(VENV, "--require-hashes", "--compile-bytecode", "-r", LOCK)
        uv.install(VENV, "--require-hashes", "-r", JAR_LOCK)
    if wheel:
        with step(f"Ice wheel {wheel.name}"):
            uv.install(VENV, "--reinstall", "--no-index", wheel)
    else:
        say(
            "note: the Ice wheel is not built yet, so OMERO.web and its tests cannot run; "
            "`ci/tools/install` builds it, then run `make setup` again"
        )
    if members:
        names = ", ".join(str(member.relative_to(ROOT)) for member in members)
        with step(f"our own distributions, editable: {names}"):
            editable = [part for member in members for part in ("-e", str(member))]
            uv.install(VENV, "--no-index", "--no-build-isolation", *editable)
    STAMP.write_text(wanted, encoding="utf-8")
    return 0


def _interpreter() -> str:
    """Debian's Python, or the one that PYTHON names, if it fits."""
    python = os.environ.get("PYTHON") or "/usr/bin/python3"
    resolved = shutil.which(python)
    if not resolved:
        raise CommandError(
            f"there is no {python}: install python3, or name another with PYTHON=..."
        )
    probe = "import sys; print(*sys.version_info[:2])"
    version = tuple(int(part) for part in output_of([resolved, "-c", probe]).split())
    if not OLDEST <= version <= NEWEST:
        found = ".".join(map(str, version))
        raise CommandError(
            f"{resolved} is Python {found}; 3.11 or 3.12 is needed (Ice wheels and kopf "
            "agree there). Name another interpreter with PYTHON=..."
        )
    if not succeeds([resolved, "-c", "import ensurepip, venv"]):
        _install_venv_module(resolved)
    return resolved


def _install_venv_module(python: str) -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise CommandError(f"{python} has no venv module: install the package python3-venv")
    with step("Debian package python3-venv"):
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "python3-venv"]):
            output_of(command)


def _members() -> list[Path]:
    found = (path for pattern in MEMBERS for path in sorted(ROOT.glob(f"{pattern}/pyproject.toml")))
    return [path.parent for path in found]


def ice_wheel() -> Path | None:
    """The newest Ice wheel that `ci/tools/install` left in the cache."""
    wheels = wheels_folder().glob("zeroc_ice-*.whl")
    return max(wheels, key=lambda path: path.stat().st_mtime, default=None)


def _fingerprint(python: str, members: list[Path], wheel: Path | None) -> str:
    """Everything that decides what `.venv` contains, as one hash."""
    files = [LOCK, JAR_LOCK, *(member / "pyproject.toml" for member in members)]
    # Editable distributions are known by their places.
    settings = [python, *map(str, members), *([version_of_file(wheel)] if wheel else [])]
    return fingerprint(files, settings)


def _make_venv(python: str) -> None:
    """Make the environment, or remake it when it belongs to another Python."""
    version = 'import sys; print(sys.version, sys.base_prefix, sep="|")'
    wanted, existing = output_of([python, "-c", version]), VENV / "bin" / "python"
    if not existing.exists() or run([existing, "-c", version]).stdout != wanted:
        output_of([python, "-m", "venv", "--clear", VENV])
