"""The distribution `omero-standin` agrees with the rest of the repository."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from omero_ci.paths import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "standin/pyproject.toml").read_text())["project"]


def packages(name: str) -> set[str]:
    """The packages of a lock file."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return set(re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?==", text, re.MULTILINE))


def test_it_has_the_repositorys_licence() -> None:
    assert (ROOT / "standin/LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    label = f'org.opencontainers.image.licenses="{PROJECT["license"]}"'
    assert label in (ROOT / "images/local/omero-standin/Dockerfile").read_text()


@pytest.mark.parametrize("lock", ["standin", "host"])
def test_its_image_and_the_tests_have_what_it_depends_on(lock: str) -> None:
    needed = {re.split(r"[<>=\[]", each)[0].lower() for each in PROJECT["dependencies"]}
    assert needed - packages(lock) == set()


@pytest.mark.parametrize("lock", ["operator", "web"])
def test_no_production_image_installs_it(lock: str) -> None:
    assert packages(lock)
    assert PROJECT["name"] not in packages(lock)
