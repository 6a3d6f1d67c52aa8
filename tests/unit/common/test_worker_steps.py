"""What a worker does when it starts, beside its tasks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest

from omero_plugin_common import audit, plugin_packages, worker_steps
from omero_plugin_common.jobs import lost

WORKER = SimpleNamespace(hostname="worker@pod")


@pytest.fixture(autouse=True)
def known_by_its_machine() -> Iterator[None]:
    yield
    lost.set_node_name("")


@pytest.fixture
def given_back(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Of which worker all jobs were given back."""
    hosts: list[Any] = []
    monkeypatch.setenv("OMP_DATA_HOST", "database")
    monkeypatch.setattr(plugin_packages, "load_jobs", lambda: None)
    monkeypatch.setattr(audit, "configure", lambda: None)
    monkeypatch.setattr(worker_steps, "job_store", lambda: "the store")
    monkeypatch.setattr(worker_steps.upkeep, "give_back_all", lambda _, host: hosts.append(host))
    return hosts


def test_process_1_gives_back_what_its_container_had(
    given_back: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other processes of its name ended with its last run."""
    monkeypatch.setattr(os, "getpid", lambda: 1)
    worker_steps.Jobs(WORKER)
    assert given_back == ["worker@pod"]


def test_others_may_share_their_host(given_back: list[Any]) -> None:
    worker_steps.Jobs(WORKER)
    assert given_back == []


def test_a_worker_starts_without_the_database(
    given_back: list[Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> None:
        raise psycopg2.OperationalError("connection refused")

    monkeypatch.setattr(os, "getpid", lambda: 1)
    monkeypatch.setattr(worker_steps, "job_store", away)
    worker_steps.Jobs(WORKER)
    assert given_back == []
    assert "wait for their leases to end: connection refused" in caplog.text
