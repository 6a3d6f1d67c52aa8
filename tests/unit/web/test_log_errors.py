"""Errors in the logs as a metric: of each component, or of none where the log store is away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from omero_web_container import exporter
from omero_web_container.exporter import logs
from omero_web_container.exporter.source import Failed

from http_double import serving


@dataclass
class Store:
    """A double of VictoriaLogs that counts."""

    lines: list[dict[str, str]] = field(default_factory=list)
    status: int = 200
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def answer(self, _path: str, _query: dict[str, str]) -> tuple[int, str]:
        """A line for each component."""
        return self.status, "\n".join(json.dumps(each) for each in self.lines)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    with serving(Store()) as double:
        monkeypatch.setenv("ADMIN_TOOLS_LOG_URL", double.url)
        monkeypatch.setenv("ADMIN_TOOLS_LOG_STACK", "victorialogs")
        monkeypatch.setenv("ADMIN_TOOLS_NAMESPACE", "imaging")
        monkeypatch.setenv("ADMIN_TOOLS_INSTANCE", "demo")
        yield double


def _numbers() -> dict[str, float]:
    (metric,) = logs.read()
    return {each.labels["writer"]: each.value for each in metric.samples}


def test_each_component_has_a_number_and_strangers_have_none(store: Store) -> None:
    store.lines = [
        {"component": "server", "entries": "12"},
        {"component": "miner", "entries": "99"},
        {"component": "", "entries": "1"},
    ]
    found = _numbers()
    assert {name: number for name, number in found.items() if number} == {"server": 12}
    assert {"web", "worker", "database", "exporter"} <= found.keys()


def test_a_store_that_is_away_is_no_site_without_errors(store: Store) -> None:
    for status, lines in ((503, []), (200, [{"component": "server"}])):
        store.status, store.lines = status, lines
        with pytest.raises(Failed, match="the log store: ") as caught:
            logs.read()
        assert caught.value.shown == ()


def test_a_site_without_a_log_store_has_no_such_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADMIN_TOOLS_LOG_URL", raising=False)
    assert [each.name for each in exporter.SOURCES if each.name not in _names()] == ["logs"]
    monkeypatch.setenv("ADMIN_TOOLS_LOG_URL", "http://logs.monitoring:9428")
    assert _names() == {each.name for each in exporter.SOURCES}


def _names() -> set[str]:
    return {each.name for each in exporter.sources()}
