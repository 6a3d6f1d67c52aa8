"""The Celery application: what it would do with a message and where it would look for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from celery import Celery


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Celery:
    """The application as a worker would make it."""
    (tmp_path / "password").write_text("p@ss/word")
    monkeypatch.setenv("REDIS_HOST", "demo-redis")
    monkeypatch.setenv("REDIS_PORT", "6380")
    monkeypatch.setenv("REDIS_PASSWORD_FILE", str(tmp_path / "password"))
    from omero_plugin_common.broker import make_app
    from omero_plugin_common.celery_app import with_steps

    return with_steps(make_app())


def test_broker_and_results_are_in_database_2(app: Celery) -> None:
    assert app.conf.broker_url == "redis://:p%40ss%2Fword@demo-redis:6380/2"
    assert app.conf.result_backend == app.conf.broker_url


def test_messages_are_json_and_survive_a_killed_worker(app: Celery) -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.broker_transport_options["visibility_timeout"] >= 3600


def test_the_worker_knows_ping_and_gives_signs_of_life(app: Celery) -> None:
    app.loader.import_default_modules()
    assert {"omero_plugin_common.ping", "omero_plugin_common.run_job"} <= set(app.tasks)
    assert {step.__name__ for step in app.steps["worker"]} == {"Heartbeat", "Jobs"}
    assert {step.__name__ for step in app.steps["consumer"]} == {"Consuming"}


def test_a_worker_waits_for_its_queue_as_long_as_it_takes(app: Celery) -> None:
    assert app.conf.broker_connection_retry_on_startup
    assert app.conf.broker_connection_retry
    assert app.conf.broker_connection_max_retries is None
    # Also where Redis answers and refuses, for example because it is full.
    assert app.conf.broker_channel_error_retry
    assert app.conf.broker_transport_options["socket_timeout"] <= 5
