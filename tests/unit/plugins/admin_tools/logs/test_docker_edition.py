"""What programs of the Docker edition ask for is found under our names."""

from __future__ import annotations

import pytest

from omeroweb_admin_tools.planning.logs import docker_edition
from omeroweb_admin_tools.planning.logs.sources import SOURCES


def test_every_service_is_a_source() -> None:
    assert set(docker_edition.SOURCES.values()) <= set(SOURCES)
    for service, key in docker_edition.SOURCES.items():
        assert SOURCES[key].files == service.endswith("_internal")


def test_files_of_a_service_with_or_without_its_ending() -> None:
    for service in ("omeroserver", "omeroserver_internal"):
        assert docker_edition.asked(["redis"], [f"{service}/Blitz-0.log"]) == (
            ["redis", "server-files"],
            ["Blitz-0.log"],
        )


@pytest.mark.parametrize("name", ["", "web", "omero", "database_internal", "grafana"])
def test_what_it_did_not_have(name: str) -> None:
    with pytest.raises(ValueError, match="there is no container"):
        docker_edition.asked([name], [])
    with pytest.raises(ValueError, match="there is no container"):
        docker_edition.asked([], [f"{name.removesuffix('_internal')}/a.log"])
