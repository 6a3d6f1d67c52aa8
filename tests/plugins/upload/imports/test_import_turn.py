"""Fair imports: one at a time for each user, and only so many on a site."""

from __future__ import annotations

import pytest

import omeroweb_upload.jobs  # noqa: F401 - makes the kinds known here
from omero_plugin_common.database import Database
from omero_plugin_common.jobs import JobContext, JobWaits
from omero_plugin_common.jobs.registry import kind_of
from omero_plugin_common.jobs.store import JobStore, Owner
from omero_plugin_common.jobs.timing import Timing
from omeroweb_upload.services.import_turn import take_turn
from omeroweb_upload.services.worker_jobs import IMPORT

pytestmark = pytest.mark.plugins


@pytest.fixture
def store(database: Database, monkeypatch: pytest.MonkeyPatch) -> JobStore:
    monkeypatch.setenv("OMERO_WEB_UPLOAD_IMPORTS", "2")
    return JobStore(database, Timing())


def begun(store: JobStore, user: int) -> JobContext:
    job = store.create(kind_of(IMPORT), Owner(user, f"user-{user}", 3), {})
    taken = store.claim(job.id, "pod:1")
    assert taken is not None
    return JobContext(taken, store)


def test_a_users_second_import_waits_for_the_first(store: JobStore) -> None:
    first, second = begun(store, 7), begun(store, 7)
    take_turn(first)
    with pytest.raises(JobWaits, match="Waits for: Importing uploaded files"):
        take_turn(second)
    # Between two parts it goes on.
    take_turn(first)
    first.finish("done", result={})
    take_turn(second)


@pytest.mark.parametrize("users", [(7, 8, 9), (8, 10, 12)], ids=["mixed", "one place first"])
def test_a_site_has_so_many_places(store: JobStore, users: tuple[int, int, int]) -> None:
    one, two, three = (begun(store, user) for user in users)
    take_turn(one)
    take_turn(two)
    with pytest.raises(JobWaits):
        take_turn(three)
    two.finish("done", result={})
    take_turn(three)


def test_a_long_import_lets_another_user_go_first(store: JobStore) -> None:
    long = begun(store, 7)
    take_turn(long)
    store.create(kind_of(IMPORT), Owner(8, "user-8", 3), {})
    take_turn(long)
    with store.database.transaction() as cursor:
        cursor.execute(
            "update omero_plugin_jobs set attempt_started = now() - interval '1 hour' "
            "where id = %s",
            (long.job.id,),
        )
    with pytest.raises(JobWaits, match="other users"):
        take_turn(long)
