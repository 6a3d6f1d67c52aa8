"""What a user is told while a server is away, and that it works again afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import local_services
from omero_plugin_common.database import Database
from omero_plugin_common.database.pool import Address
from plugin_site import (
    DROP_IN,
    Browser,
    database_variables,
    path_of_sources,
    read_only,
)
from site_fixtures import OwnSite

# PostgreSQL's own error; a trigger stands for the disk.
DISK_FULL = """
create function disk_full() returns trigger language plpgsql as $$
begin raise sqlstate '53100' using message = 'could not extend file'; end $$;
create trigger disk_full before insert on probe_change for each row execute function disk_full();
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the postgres user may enter, with one for its files."""
    with local_services.folder_for_postgres() as made:
        (made / "database").mkdir()
        yield made


@pytest.fixture
def database(folder: Path) -> Iterator[tuple[ExitStack, local_services.Service]]:
    """A PostgreSQL that the test may stop."""
    with ExitStack() as stack:
        yield stack, stack.enter_context(local_services.postgres(folder / "database"))


def refused(browser: Browser, code: str) -> str:
    """What a change is refused with while the plugin database takes none."""
    answer = browser.post("/plugin_probe/change/", {"text": "x"})
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert answer.headers["retry-after"] == "30"
    return str(answer.json()["error"])


def test_each_server_that_is_away_is_said(
    folder: Path, database: tuple[ExitStack, local_services.Service], own_site: OwnSite
) -> None:
    stack, service = database
    variables = database_variables(service, folder)
    site = own_site(drop_in=DROP_IN, PYTHONPATH=path_of_sources(), **variables)
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

    base = Database(Address("127.0.0.1", service.port, "omero", "omero", service.password))
    read_only(base.address, True)
    said = refused(browser, "database_read_only")
    assert "does not accept changes: it is read-only" in said
    # A person who goes to such an address gets a page.
    asked = {"X-CSRFToken": browser.token, "Accept": "text/html,*/*;q=0.8"}
    page = browser.client.post("/plugin_probe/change/", json={"text": "x"}, headers=asked)
    assert (page.status_code, page.headers["retry-after"]) == (503, "30")
    assert page.headers["content-type"].startswith("text/html")
    assert "One moment, please" in page.text
    assert "it is read-only at the moment" in page.text
    assert "Log in" not in page.text
    # What only reads the database goes on.
    assert browser.get("/omero_plugin_common/jobs/").status_code == 200
    read_only(base.address, False)
    for _ in range(4):
        assert browser.post("/plugin_probe/change/", {"text": "x"}).status_code == 200

    with base.transaction() as cursor:
        cursor.execute(DISK_FULL)
    assert "does not accept changes: its disk is full" in refused(browser, "database_full")
    with base.transaction() as cursor:
        cursor.execute("drop function disk_full cascade")
    base.close()
    assert browser.post("/plugin_probe/change/", {"text": "x"}).status_code == 200

    # OMERO.web itself would log the user out here: the second answer shows that it has not.
    site.standin.process.terminate()
    site.standin.process.wait(20)
    for _ in range(2):
        answer = browser.get("/plugin_probe/server/")
        assert (answer.status_code, answer.json()["code"]) == (503, "server_away")

    site.redis.process.terminate()
    site.redis.process.wait(20)
    address = "/plugin_probe/server/"
    # The session cannot be read, so the view is not asked.
    answer = browser.client.get(address, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (503, "redis_away")
    problems = [line for line in site.web.log.read_text().splitlines() if "refused with" in line]
    assert not [line for line in problems if "refused with 500" in line]
    assert len([line for line in problems if "_away for" in line]) == 4
