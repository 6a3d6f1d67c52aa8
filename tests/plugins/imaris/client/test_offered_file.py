"""The file that the site offers, run as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from people import Person
from whole_site import WholeSite


@pytest.fixture
def offered(connection: Any, tmp_path: Path) -> Path:
    """The downloaded file."""
    path = tmp_path / "XTOmeroConnector.py"
    with connection.open("omeroweb_imaris_connector/client/", {}) as answer:
        named = 'attachment; filename="XTOmeroConnector.py"'
        assert answer.headers["Content-Disposition"] == named
        path.write_bytes(answer.read())
    return path


def run(
    file: Path, person: Person, *arguments: str, password: str = ""
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(file), "--user", person.name, "--password-stdin", *arguments]
    typed = f"{password or person.password}\n"
    return subprocess.run(
        command, input=typed, capture_output=True, text=True, timeout=120, check=False
    )


def test_it_knows_the_site_and_lists_and_finds_images(
    offered: Path, whole: WholeSite, person: Person, gateway: Any
) -> None:
    assert f"\nSITE = '{whole.site.url}/'\n" in offered.read_text()
    image = (
        gateway(person)
        .createImageFromNumpySeq(iter([np.zeros((2, 3), np.uint8)]), "my\ncell")
        .getId()
    )
    line = f"image\t{image}\tmy cell\t3 x 2\n"
    listed = run(offered, person, "list", "orphaned-images")
    assert (listed.stdout, listed.returncode) == (line, 0), listed.stderr
    found = run(
        offered,
        person,
        "--verbose",
        "search",
        "my",
    )
    assert (found.stdout, found.returncode) == (line, 0), found.stderr
    assert person.password not in found.stderr
    assert "POST /api/v0/login/: 200" in found.stderr


def test_a_wrong_password_is_a_line_and_a_status(offered: Path, person: Person) -> None:
    ended = run(offered, person, "list", password="wrong")
    assert (ended.stdout, ended.returncode) == ("", 1)
    assert "Traceback" not in ended.stderr
    assert "check your" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["list", "dataset"], "needs an id"),
        (["list", "projects", "7"], "needs no id"),
        (["export"], "Name images"),
        (["export", "999999999999"], "999999999999"),
    ],
)
def test_what_does_not_fit_is_said_in_a_line(
    offered: Path, person: Person, tmp_path: Path, arguments: list[str], says: str
) -> None:
    if arguments[0] == "export":
        arguments = [*arguments, "--folder", str(tmp_path)]
    ended = run(offered, person, *arguments)
    assert ended.returncode == 1
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
