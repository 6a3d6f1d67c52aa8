"""Fixtures of tests on a site; a conftest imports all of them.

`whole` is the site that all tests of a process share, started by the first of them. A test takes
`person` (or `people`) for users and groups of its own, and `own_site` when it breaks a site or
needs other settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

import local_services
from collected_static import static_root
from people import People, Person
from plugin_site import Worker
from whole_site import WholeSite, whole_site


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSite]:
    """The site that all tests of this process share; nothing that a test does may break it."""
    with whole_site(tmp_path_factory.mktemp("whole")) as running:
        yield running


@pytest.fixture(scope="session")
def people(whole: WholeSite) -> People:
    """Makes groups and users on the shared site."""
    return whole.people


@pytest.fixture
def person(people: People) -> Person:
    """A user of this test alone, in a group of their own."""
    return people.person()


@pytest.fixture
def worker(whole: WholeSite) -> Worker:
    """The worker of the shared site."""
    return whole.need_worker()


@pytest.fixture
def no_worker(whole: WholeSite) -> Iterator[None]:
    """Nobody works on the shared site's jobs but a worker that the test starts.

    Jobs that are still queued at its end are deleted: the next test's would wait for them.
    """
    whole.stop_worker()
    yield
    with whole.base.transaction() as cursor:
        cursor.execute("delete from omero_plugin_jobs where state = 'queued'")


@pytest.fixture(scope="session")
def postgres() -> Iterator[local_services.Service]:
    """One PostgreSQL for all tests of a process that use the database without a site."""
    with local_services.folder_for_postgres() as folder, local_services.postgres(folder) as running:
        yield running


OwnSite = Callable[..., local_services.Site]


@contextmanager
def _own_sites(folders: pytest.TempPathFactory) -> Iterator[OwnSite]:
    with ExitStack() as stack:

        def start(**settings: str) -> local_services.Site:
            given = {"OMERO_WEB_STATIC_ROOT": str(static_root()), **settings}
            return stack.enter_context(local_services.site(folders.mktemp("own"), **given))

        yield start


@pytest.fixture
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnSite]:
    """Starts a site that ends with the test, which may break it or needs other settings.

    It takes what `local_services.site` takes besides the folder: `data`, `drop_in`, and variables
    of OMERO.web.
    """
    with _own_sites(tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="module")
def own_site_of_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnSite]:
    """As `own_site`, for a file whose tests leave their site as it was."""
    with _own_sites(tmp_path_factory) as start:
        yield start
