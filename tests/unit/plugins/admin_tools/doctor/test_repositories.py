"""What the repositories of an OMERO.server mean."""

from __future__ import annotations

from dataclasses import replace

from omeroweb_admin_tools.doctor.omero_server import judge
from omeroweb_admin_tools.omero_api.repositories import Repository

MANAGED = Repository("aaaaaaaa-1", "ManagedRepository", managed=True, there=True, same=True)
SCRIPTS = Repository("bbbbbbbb-1", "scripts", managed=False, there=True, same=True)
GONE = Repository("cccccccc-1", "ManagedRepository", managed=False, there=False, same=False)


def test_all_are_there() -> None:
    found = judge([SCRIPTS, MANAGED])
    assert found.outcome == "ok"
    assert "ManagedRepository (aaaaaaaa)" in found.words


def test_no_managed_repository() -> None:
    for known in ([], [SCRIPTS], [SCRIPTS, GONE]):
        assert "no managed repository" in judge(known).words


def test_a_volume_that_was_replaced() -> None:
    found = judge([MANAGED, SCRIPTS, GONE])
    assert found.outcome == "failed"
    assert "ManagedRepository (cccccccc), which OMERO.server does not have" in found.words
    assert "restore it from its backup" in found.advice


def test_another_repository_that_is_gone() -> None:
    found = judge([MANAGED, replace(GONE, name="old-share")])
    assert found.outcome == "warning"
    assert "old-share (cccccccc)" in found.words


def test_a_repository_of_another_database() -> None:
    found = judge([replace(MANAGED, same=False), SCRIPTS])
    assert found.outcome == "failed"
    assert "says that it is another one" in found.words
