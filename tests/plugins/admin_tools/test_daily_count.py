"""What a worker counts each day, in the plugin database of a site."""

from __future__ import annotations

from typing import Any

import pytest

import omeroweb_admin_tools.jobs  # noqa: F401 - makes the work known here
from omero_plugin_common import database
from omero_plugin_common.jobs import periodic
from omeroweb_admin_tools.services import daily_count
from omeroweb_admin_tools.store import days
from whole_site import WholeSite


@pytest.fixture
def as_in_a_worker(whole: WholeSite, no_worker: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in whole.variables.items():
        monkeypatch.setenv(name, value)
    database.default.cache_clear()
    yield
    database.default().close()
    database.default.cache_clear()
    with whole.base.transaction() as cursor:
        cursor.execute("delete from admin_tools_usage_days")


def test_the_last_count_of_a_day_stays(whole: WholeSite, as_in_a_worker: None) -> None:
    with whole.base.transaction() as cursor:
        cursor.execute(
            "insert into admin_tools_usage_days (day, user_id, group_id, bytes) values "
            "(current_date - 801, 1, 1, 5), (current_date - 800, 1, 1, 5), "
            "(current_date, 2000000, 2000000, 5)"
        )
    daily_count.count_today()
    daily_count.count_today()
    with whole.base.transaction() as cursor:
        cursor.execute(
            "select current_date - day as age, sum(bytes)::bigint as bytes, "
            "count(*) filter (where user_id = 2000000) as older "
            "from admin_tools_usage_days group by day order by day"
        )
        found = [dict(row) for row in cursor.fetchall()]
    assert [(row["age"], row["older"]) for row in found] == [(800, 0), (0, 0)]
    assert found[-1]["bytes"] > 0
    assert sum(sum(each.values()) for each in days.by_group(1).values()) == found[-1]["bytes"]


def test_workers_know_the_work() -> None:
    assert {"admin_tools.count_usage", "quotas.count"} <= {each.name for each in periodic.known()}
