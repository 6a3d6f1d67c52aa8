"""`ci/probe` at a site of the image: what it checks is so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

import local_services
from omero_ci import probe


@pytest.fixture(scope="module")
def address(site: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A pod of a site that knows its address; OMERO.server has another name inside."""
    folder: Path = tmp_path_factory.mktemp("probe")
    known = {"PUBLIC_URL": "http://127.0.0.1/", "OMERO_HOST": "localhost"}
    with local_services.front_of(site, folder, **known) as pod:
        yield f"{pod.url}/"
    # The address of all tests of this file has spent its tries.
    client = redis.Redis("127.0.0.1", site.redis.port, 2, site.redis.password)
    for key in client.scan_iter("login:*"):
        client.delete(key)
    client.close()


def slow_connections(site: probe.Site) -> Iterator[str]:
    """For a moment only; the front has tests of its own."""
    return probe.slow_connections(site, 2)


@pytest.mark.parametrize(
    "check",
    [
        probe.cookies,
        probe.other_hosts,
        probe.foreign_name,
        probe.inner_names,
        probe.wrong_passwords,
        slow_connections,
    ],
    ids=lambda check: check.__name__,
)
def test_a_check_has_nothing_to_say(address: str, check: probe.Check) -> None:
    assert list(check(probe.Site(address))) == []
