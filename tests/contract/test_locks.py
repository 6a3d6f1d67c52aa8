"""Lock files: fresh, with hashes, of one set of versions, and without a registry's address."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from omero_ci.paths import ROOT

SOURCES = sorted((ROOT / "requirements").glob("*.in"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)

by_name = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)


def _lock(source: Path) -> str:
    return source.with_suffix(".txt").read_text()


def _pins(text: str) -> dict[str, Version]:
    return {canonicalize_name(name): Version(version) for name, version in PIN.findall(text)}


def _wanted(source: Path) -> list[Requirement]:
    lines = (line.split("#")[0].strip() for line in source.read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


@by_name
def test_lock_was_compiled_from_these_inputs(source: Path) -> None:
    """`make lock` writes the hash of its inputs into the first line."""
    command = [str(ROOT / "ci" / "lock-inputs"), str(source)]
    inputs = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    first = _lock(source).splitlines()[0]
    assert first == f"# Compiled by `make lock` from {inputs}", "stale: run `make lock`"


@by_name
def test_every_requirement_is_pinned_inside_its_range(source: Path) -> None:
    pins = _pins(_lock(source))
    for requirement in _wanted(source):
        name = canonicalize_name(requirement.name)
        assert requirement.specifier.contains(pins[name]), requirement


@by_name
def test_every_pin_has_hashes(source: Path) -> None:
    text = _lock(source)
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(PIN.findall(text))
    for block in blocks:
        assert "--hash=sha256:" in block, block.splitlines()[0]


@by_name
def test_lock_takes_the_hosts_versions(source: Path) -> None:
    """What is tested on the host is what the images install."""
    host = _pins(_lock(ROOT / "requirements" / "host.in"))
    # The clients that the stand-in is checked against have an environment of their own, with more;
    # of Bio-Formats only its jar is used; OMERO.server's commands are in its image alone.
    apart = source.stem in ("clients", "outside-suites", "bio-formats", "server")
    for name, version in _pins(_lock(source)).items():
        if apart and name not in host:
            continue
        assert host.get(name) == version, f"{name} {version} against {host.get(name)} in host.txt"


@by_name
def test_lock_names_no_registry_and_no_built_wheel(source: Path) -> None:
    text = _lock(source)
    assert not re.search(r"https?://|--index-url|--find-links|^zeroc-ice", text, re.MULTILINE)


def test_distributions_depend_on_nothing_that_is_not_locked() -> None:
    import tomllib

    host = _pins(_lock(ROOT / "requirements" / "host.in"))
    for member in ("operator", "common"):
        project = tomllib.loads((ROOT / member / "pyproject.toml").read_text())["project"]
        for line in project.get("dependencies", []):
            requirement = Requirement(line)
            name = canonicalize_name(requirement.name)
            assert name in host, f"{member} needs {name}: add it to requirements/*.in"
            assert requirement.specifier.contains(host[name]), f"{member}: {line}"
