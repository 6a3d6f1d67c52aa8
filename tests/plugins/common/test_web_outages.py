"""What a user is told while a server is away, and that it works again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import local_services
from plugin_site import (
    DROP_IN,
    Browser,
    database_variables,
    path_of_sources,
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the postgres user may enter, with one for each server."""
    with local_services.folder_for_postgres() as made:
        for name in ("site", "database"):
            (made / name).mkdir()
        yield made


@pytest.fixture
def database(folder: Path) -> Iterator[tuple[ExitStack, local_services.Service]]:
    """A PostgreSQL that the test may stop."""
    with ExitStack() as stack:
        yield stack, stack.enter_context(local_services.postgres(folder / "database"))


def test_each_server_that_is_away_is_said(
    folder: Path, database: tuple[ExitStack, local_services.Service]
) -> None:
    stack, service = database
    variables = database_variables(service, folder)
    with local_services.site(
        folder / "site", drop_in=DROP_IN, PYTHONPATH=path_of_sources(), **variables
    ) as site:
        browser = Browser(site.url).log_in("root", site.standin.password)
        assert browser.post("/plugin_probe/change/", {"text": "x"}).status_code == 200

        stack.close()
        for _ in range(2):
            answer = browser.post("/plugin_probe/change/", {"text": "x"})
            assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
            assert answer.headers["retry-after"] == "10"
        assert browser.get("/plugin_probe/server/").status_code == 200
        stack.enter_context(local_services.postgres(folder / "database", again=service))
        assert browser.post("/plugin_probe/change/", {"text": "x"}).status_code == 200

        # OMERO.web itself would log the user out here: the second answer shows that it has not.
        site.standin.process.terminate()
        site.standin.process.wait(20)
        for _ in range(2):
            answer = browser.get("/plugin_probe/server/")
            assert (answer.status_code, answer.json()["code"]) == (503, "server_away")

        site.redis.process.terminate()
        site.redis.process.wait(20)
        answer = browser.get("/plugin_probe/server/")
        assert (answer.status_code, answer.json()["code"]) == (503, "redis_away")
        problems = [
            line for line in site.web.log.read_text().splitlines() if "refused with" in line
        ]
        assert len(problems) == 5
