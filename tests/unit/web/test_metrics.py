"""Metrics of OMERO.web and the exporter: labels, processes that end, sources that fail or wait."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from omero_web_container import metrics_server, request_metrics
from omero_web_container.exporter import jobs, queues
from omero_web_container.exporter.source import Collector, Failed, Figure, Source

from omero_plugin_common.broker import SENT_HEADER

FIGURE = Figure("omero_things", "Things.")


@pytest.mark.parametrize(
    ("module", "app"),
    [
        ("omeroweb.webclient.views", "webclient"),
        ("omeroweb", "omeroweb"),
        ("omero_figure.views", "omero_figure"),
        ("omeroweb_upload.views.tus", "omeroweb_upload"),
        (None, "none"),
    ],
)
def test_the_application_of_a_view(module: str | None, app: str) -> None:
    assert request_metrics.app_of(SimpleNamespace(__module__=module)) == app


def test_a_view_without_a_module_has_no_application() -> None:
    assert request_metrics.app_of(partial(print)) == "functools"


def test_a_request_that_fails_is_not_under_way_any_more() -> None:
    def fails(_environ: Any, _start: Any) -> Any:
        raise ValueError("a fault")

    before = request_metrics.RUNNING._value.get()
    with pytest.raises(ValueError, match="a fault"):
        request_metrics.measured(fails)({"REQUEST_METHOD": "BREW"}, print)
    assert request_metrics.RUNNING._value.get() == before
    assert request_metrics.REQUESTS.labels("other", "500", "none")._value.get() == 1


# In a process of its own, since the client library reads the variable when it is imported.
COUNTS = """
import os, sys
from omero_plugin_common.broker import SENT_HEADER
from omero_web_container import metrics_server
metrics_server.clear()
from prometheus_client import Counter, Gauge, Histogram
counted = Counter("counted", "", ["of"])
took = Histogram("took", "", buckets=(1, 2))
running = Gauge("running", "", multiprocess_mode="livesum")
for number in range(3):
    child = os.fork()
    if child == 0:
        counted.labels("it").inc(number + 1)
        took.observe(1.5)
        running.inc()
        os._exit(0)
    os.waitpid(child, 0)
    metrics_server.forget(child)
    metrics_server.forget(child)
print(metrics_server.text().decode())
print(sorted(os.listdir(os.environ["PROMETHEUS_MULTIPROC_DIR"])), file=sys.stderr)
"""


def test_sums_of_processes_that_ended_stay_and_their_files_do_not(tmp_path: Path) -> None:
    (tmp_path / "counter_7.db").write_bytes(b"of an earlier run")
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": ":".join(sys.path)}
    run = subprocess.run(
        [sys.executable, "-c", COUNTS], env=environment, capture_output=True, text=True, check=True
    )
    lines = run.stdout.splitlines()
    assert 'counted_total{of="it"} 6.0' in lines
    assert 'took_bucket{le="2.0"} 3.0' in lines
    assert "took_sum 4.5" in lines
    assert "running 1.0" not in lines
    files = [name for name in run.stderr.split("'") if name.endswith(".db")]
    assert {"counter_gone.db", "histogram_gone.db"} <= set(files)
    assert len([name for name in files if name.startswith("counter")]) <= 2


def test_a_container_that_does_not_count_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    metrics_server.clear()
    metrics_server.forget(1)
    metrics_server.serve_beside()
    asked = metrics_server.with_metrics(lambda *_: [b"the rest"])
    assert list(asked({"PATH_INFO": "/metrics"}, print)) == [b"the rest"]


@pytest.mark.parametrize(
    "message",
    [b"", b"no JSON", b"[]", b"{}", b'{"headers": null}', b'{"headers": {"sent": "x"}}', b"\xff"],
)
def test_a_message_that_says_no_moment(message: bytes) -> None:
    assert queues.sent(message) is None


def test_the_age_of_what_is_next(monkeypatch: pytest.MonkeyPatch) -> None:
    own = json.dumps({"headers": {SENT_HEADER: 900.0}}).encode()
    monkeypatch.setattr(queues, "_seen", {})
    assert queues._age("q", own, 1000.0) == 100
    assert queues._age("q", None, 1000.0) == 0
    # Of another program's, what is known is since when it is there.
    assert [queues._age("q", b"other", now) for now in (1000.0, 1010.0)] == [0, 10]
    assert queues._age("q", b"next", 1020.0) == 0
    # Sent by a pod whose clock is ahead.
    assert queues._age("q", own, 800.0) == 0


def test_every_state_of_a_known_kind_has_a_number() -> None:
    samples = jobs.family([("a.b", "done", 3)]).samples
    numbers = {(s.labels["kind"], s.labels["state"]): s.value for s in samples}
    assert numbers == {("a.b", state): 3 if state == "done" else 0 for state in jobs.STATES}


def _shown(source: Source) -> dict[str, float]:
    return {s.name: s.value for metric in Collector([source]).collect() for s in metric.samples}


def test_a_source_that_fails_and_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    says: list[Any] = [[FIGURE.of(1)], ValueError("x\ny"), ValueError("x\ny"), [FIGURE.of(2)]]

    def read() -> Any:
        said = says.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    source = Source("it", 1, read)
    assert _shown(source) == {"omero_exporter_up": 0}
    shown = []
    for _ in range(4):
        source.read_once()
        shown.append(_shown(source))
    assert [each["omero_exporter_up"] for each in shown] == [1, 0, 0, 1]
    assert [each.get("omero_things") for each in shown] == [1, None, None, 2]
    assert [record.getMessage() for record in caplog.records] == [
        "it cannot be read: ValueError: x y",
        "it can be read again",
    ]


def test_what_is_known_of_a_failure_is_shown() -> None:
    def read() -> Any:
        raise Failed("refused", [FIGURE.of(0)])

    source = Source("it", 1, read)
    source.read_once()
    shown = _shown(source)
    assert (shown["omero_things"], shown["omero_exporter_up"]) == (0, 0)


def test_what_is_too_old_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its thread waits for an answer that does not come."""
    source = Source("it", 10, lambda: [FIGURE.of(1)])
    source.read_once()
    later = time.monotonic() + 1000
    monkeypatch.setattr(time, "monotonic", lambda: later)
    shown = _shown(source)
    assert "omero_things" not in shown
    assert shown["omero_exporter_up"] == 0
    assert shown["omero_exporter_age_seconds"] >= 1000
