"""A dashboard: its frame, its variables and its rows of panels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from grafana_foundation_sdk.builders import dashboard, logs
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from dashboard_build.logs import STORES, Wanted, entries
from dashboard_build.panels import METRICS, Panel

TAG = "omero"


@dataclass(frozen=True)
class Row:
    """A heading and what is below it."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Variable:
    """What a reader chooses at the top of a dashboard.

    Attributes:
        name: as queries use it.
        label: what the reader sees.
        query: `label_values(…)`.
        all: whether all values can be chosen, which is then the default.
        pattern: values that do not match this regular expression are left out.
    """

    name: str
    label: str
    query: str
    all: bool = False
    pattern: str = ""


NAMESPACE = Variable("namespace", "Namespace", "label_values(omero:site:info, namespace)")
INSTANCE = Variable(
    "instance", "Site", 'label_values(omero:site:info{namespace=~"$namespace"}, instance)'
)


@dataclass(frozen=True)
class Page:
    """A dashboard.

    Attributes:
        uid: its id, which is also the name of its file and part of its address.
        title: what the reader sees.
        about: one sentence.
        rows: of panels.
        variables: beside namespace and instance.
        logs: title → entries, in a row of their own at the end.
    """

    uid: str
    title: str
    about: str
    rows: Sequence[Row]
    variables: Sequence[Variable] = ()
    logs: dict[str, Wanted] = field(default_factory=dict)


def build(page: Page, store: str) -> dict[str, Any]:
    """The dashboard as Grafana stores it.

    Args:
        page: the dashboard.
        store: the log store whose dialect its panels of logs use.
    """
    frame = (
        dashboard.Dashboard(page.title)
        .uid(page.uid)
        .description(page.about)
        .tags([TAG])
        .readonly()
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .time("now-6h", "now")
        .refresh("30s")
        .link(
            dashboard.DashboardLink("OMERO dashboards")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
        )
        .with_variable(_source("datasource", "Metrics", "prometheus"))
        .with_variable(_source("logs", "Logs", STORES[store]))
    )
    for variable in (NAMESPACE, INSTANCE, *page.variables):
        frame.with_variable(_variable(variable))
    number = 0
    log_panels = [entries(title, wanted, store) for title, wanted in page.logs.items()]
    log_rows: list[tuple[str, Sequence[Panel | logs.Panel]]] = [("Logs", log_panels)]
    above: list[tuple[str, Sequence[Panel | logs.Panel]]] = [(r.title, r.panels) for r in page.rows]
    for title, panels in [*above, *(log_rows if log_panels else [])]:
        number += 1
        frame.with_row(dashboard.Row(title).id(number))
        for panel in panels:
            number += 1
            frame.with_panel(panel.id(number))
    made: dict[str, Any] = json.loads(json.dumps(frame.build(), cls=JSONEncoder))
    return made


def _source(name: str, label: str, kind: str) -> dashboard.DatasourceVariable:
    """The data source: a stack of one's own has others than that of the chart."""
    return dashboard.DatasourceVariable(name).label(label).type(kind)


def _variable(variable: Variable) -> dashboard.QueryVariable:
    built = (
        dashboard.QueryVariable(variable.name)
        .label(variable.label)
        .datasource(METRICS)
        .query({"query": variable.query, "refId": variable.name})
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .include_all(variable.all)
        .multi(variable.all)
    )
    if variable.all:
        built.current(models.VariableOption(selected=True, text="All", value="$__all"))
    return built.regex(variable.pattern) if variable.pattern else built
