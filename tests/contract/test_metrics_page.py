"""`docs/metrics.md` has every metric of the platform's own programs and of its rules for JMX."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml
from omero_web_container import exporter
from omero_web_container.exporter.source import Figure
from prometheus_client.metrics import MetricWrapperBase

from omero_operator.metrics import Conditions

ROOT: Final = Path(__file__).parents[2]
JMX: Final = ROOT / "images" / "omero-server" / "jmx" / "config.yaml"
COUNTED: Final = (
    "omero_operator.metrics",
    "omero_plugin_common.metrics",
    "omero_web_container.request_metrics",
)
ROW: Final = re.compile(r"^\| `(omero_\w+)` \| (\w+) \| ([^|]*) \| \S[^|]* \|$", re.M)


def _in_code() -> Iterator[tuple[str, str, frozenset[str]]]:
    for module in map(importlib.import_module, COUNTED):
        for value in vars(module).values():
            if isinstance(value, MetricWrapperBase):
                name = f"{value._name}_total" if value._type == "counter" else value._name
                yield name, str(value._type), frozenset(value._labelnames)
            elif isinstance(value, Conditions):
                for family in value.collect():
                    yield family.name, family.type, frozenset(family._labelnames)
    for found in pkgutil.iter_modules(exporter.__path__):
        module = importlib.import_module(f"{exporter.__name__}.{found.name}")
        for value in vars(module).values():
            if isinstance(value, Figure):
                yield value.name, "gauge", frozenset(value.labels)
    for rule in yaml.safe_load(JMX.read_text())["rules"]:
        yield rule["name"], rule["type"].lower(), frozenset(rule.get("labels", ()))


def test_the_page_has_what_the_programs_have() -> None:
    rows = ROW.findall((ROOT / "docs" / "metrics.md").read_text())
    written = [
        (name, kind, frozenset(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows
    ]
    assert len({name for name, _, _ in written}) == len(written) > 20
    assert set(written) == set(_in_code())
