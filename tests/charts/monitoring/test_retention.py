"""Entries are deleted after `logs.retention.time`: a real VictoriaLogs with the chart's options."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from omero_ci.charts import MONITORING_CHART
from victoria_logs import insert, query, victoria_logs

Rendered = Callable[..., list[dict[str, Any]]]


def _options(rendered: Rendered, time: str) -> list[str]:
    """What the chart starts it with, but for its address and folder."""
    (store,) = [
        each
        for each in rendered("--set", f"logs.retention.time={time}", chart=MONITORING_CHART)
        if each["kind"] == "StatefulSet" and each["metadata"]["name"].endswith("-victorialogs")
    ]
    (container,) = store["spec"]["template"]["spec"]["containers"]
    places = ("-storageDataPath=", "-httpListenAddr=")
    return [option for option in container["args"] if not option.startswith(places)]


def _entry(days: int) -> dict[str, str]:
    moment = datetime.now(UTC) - timedelta(days=days)
    return {"_time": moment.isoformat(), "_msg": f"{days} days old", "namespace": "lab"}


def test_entries_are_deleted_after_their_time(rendered: Rendered, tmp_path: Path) -> None:
    with victoria_logs(tmp_path, *_options(rendered, "744h")) as store:
        insert(store, [_entry(0), _entry(5), _entry(40)], "namespace")
        # What is too old already is not stored.
        assert sorted(each["_msg"] for each in query(store, "*")) == ["0 days old", "5 days old"]
    with victoria_logs(tmp_path, *_options(rendered, "72h")) as store:
        assert [each["_msg"] for each in query(store, "*")] == ["0 days old"]
