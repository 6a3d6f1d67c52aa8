"""Kopf runs again when it ended without being told to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import kopf
import pytest

from omero_operator import settings
from omero_operator.handlers import running

OWN = settings.read({"OPERATOR_NAMESPACE": "ns", "WATCH_NAMESPACES": "a,b"})
REGISTRY = kopf.OperatorRegistry()

Run = Callable[[kopf.Memo], None]


class Kopf:
    """In its place: each run ends as it is told, and time passes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *runs: Run) -> None:
        self.runs = list(runs)
        self.calls: list[dict[str, Any]] = []
        self.slept: list[float] = []
        self.now = 0.0
        monkeypatch.setattr(kopf, "run", self._run)
        time = SimpleNamespace(sleep=self.slept.append, monotonic=lambda: self.now)
        monkeypatch.setattr(running, "time", time)

    def _run(self, **arguments: Any) -> None:
        self.calls.append(arguments)
        self.runs.pop(0)(arguments["memo"])


def signalled(memo: kopf.Memo) -> None:
    """A signal ended it."""
    memo.parts = object()


def told(memo: kopf.Memo) -> None:
    memo.parts = object()
    memo.again.set()


def broken(memo: kopf.Memo) -> None:
    memo.parts = object()
    raise RuntimeError("a watch ended")


def never_started(memo: kopf.Memo) -> None:
    raise OSError("no kubeconfig")


def test_a_signal_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Kopf(monkeypatch, signalled)
    running.run(OWN, REGISTRY)
    (call,) = found.calls
    assert call["registry"] is REGISTRY
    assert call["stop_flag"] is call["memo"].again
    assert (call["clusterwide"], call["namespaces"]) == (False, ("a", "b"))
    assert "liveness_endpoint" not in call, "it would listen on one family of addresses"


def test_being_told_means_another_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Kopf(monkeypatch, told, told, signalled)
    running.run(OWN, REGISTRY)
    assert len(found.calls) == 3
    assert found.slept == []
    memos = {id(call["memo"]) for call in found.calls}
    assert len(memos) == 3, "nothing of a run is left to the next"


def test_a_run_that_broke_is_followed_by_another_after_a_growing_delay(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    found = Kopf(monkeypatch, *[broken] * 7, signalled)
    with caplog.at_level(logging.WARNING):
        running.run(OWN, REGISTRY)
    assert found.slept == [1, 2, 4, 8, 16, 30, 30]
    assert "a watch ended" in caplog.text


def test_a_run_that_lasted_was_no_failed_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    def lasting(memo: kopf.Memo) -> None:
        found.now += running.LASTING + 1
        broken(memo)

    found = Kopf(monkeypatch, broken, broken, lasting, signalled)
    running.run(OWN, REGISTRY)
    assert found.slept == [1, 2, 1]


def test_what_keeps_the_first_run_from_starting_ends_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A wrong kubeconfig is a person's business; a loop would hide it."""
    found = Kopf(monkeypatch, never_started)
    with pytest.raises(OSError, match="no kubeconfig"):
        running.run(OWN, REGISTRY)
    assert found.slept == []
