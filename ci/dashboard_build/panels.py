"""Panels in the form that all dashboards share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import common as options
from grafana_foundation_sdk.builders import dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.common import (
    BigValueColorMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

METRICS: Final = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
GREEN: Final = "green"
ORANGE: Final = "orange"
RED: Final = "red"
# Columns of Grafana's grid.
WIDTH: Final = 24


@dataclass(frozen=True)
class Line:
    """One query of a panel.

    Attributes:
        query: PromQL, with the dashboard's variables.
        legend: name of its series; `{{label}}` is filled by Grafana.
    """

    query: str
    legend: str = ""


@dataclass(frozen=True)
class Limits:
    """From which value on a panel warns.

    Attributes:
        orange: from here on orange.
        red: from here on red.
        falling: a small value is the bad one: below `red` it is red, below `orange` orange.
    """

    orange: float | None
    red: float
    falling: bool = False

    def build(self) -> dashboard.ThresholdsConfig:
        """The steps in Grafana's form; the first one has no lower end."""
        if self.falling:
            steps = [(None, RED), (self.red, ORANGE), (self.orange, GREEN)]
        else:
            steps = [(None, GREEN), (self.orange, ORANGE), (self.red, RED)]
        first, *others = steps
        kept = [first, *((value, color) for value, color in others if value is not None)]
        return (
            dashboard.ThresholdsConfig()
            .mode(models.ThresholdsMode.ABSOLUTE)
            .steps([models.Threshold(value=value, color=color) for value, color in kept])
        )


# 1 is up, 0 is down.
UP: Final = Limits(orange=1, red=1, falling=True)
_UP_WORDS: Final = models.ValueMap(
    options={
        "0": models.ValueMappingResult(text="DOWN", color=RED, index=0),
        "1": models.ValueMappingResult(text="UP", color=GREEN, index=1),
    }
)

Panel = stat.Panel | timeseries.Panel | table.Panel


def figure(
    title: str, query: str, *, unit: str = "short", limits: Limits | None = None, about: str = ""
) -> stat.Panel:
    """One number as it is now, with its course behind it."""
    panel = (
        stat.Panel()
        .title(title)
        .description(about)
        .datasource(METRICS)
        .unit(unit)
        .no_value("no data")
        .graph_mode(BigValueGraphMode.AREA)
        .color_mode(BigValueColorMode.VALUE)
        .reduce_options(options.ReduceDataOptions().calcs(["lastNotNull"]))
        .targets(_targets([Line(query)]))
        .height(4)
        .span(4)
    )
    return panel.thresholds(limits.build()) if limits else panel


def up(title: str, query: str, about: str = "") -> stat.Panel:
    """UP in green or DOWN in red."""
    panel = figure(title, query, limits=UP, about=about)
    return panel.mappings([_UP_WORDS]).graph_mode(BigValueGraphMode.NONE)


def graph(
    title: str,
    lines: Sequence[Line],
    *,
    unit: str = "short",
    span: int = 12,
    limits: Limits | None = None,
    about: str = "",
    lowest: float | None = 0,
    highest: float | None = None,
) -> timeseries.Panel:
    """Lines over time."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(about)
        .datasource(METRICS)
        .unit(unit)
        .legend(
            options.VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(options.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
        .fill_opacity(10)
        .show_points(VisibilityMode.NEVER)
        .targets(_targets(lines))
        .height(8)
        .span(span)
    )
    if lowest is not None:
        panel.min(lowest)
    if highest is not None:
        panel.max(highest)
    return panel.thresholds(limits.build()) if limits else panel


def rows(
    title: str, query: str, columns: dict[str, str], *, span: int = 12, about: str = ""
) -> table.Panel:
    """A table with a row for each series.

    Args:
        title: of the panel.
        query: PromQL, asked for this moment only.
        columns: label or `Value` → heading, in order; other labels are not shown.
        span: width.
        about: what the reader should know.
    """
    tidy = models.DataTransformerConfig(
        id_val="organize",
        options={
            "indexByName": {name: place for place, name in enumerate(columns)},
            "renameByName": columns,
        },
    )
    chosen = models.DataTransformerConfig(
        id_val="filterFieldsByName", options={"include": {"names": list(columns)}}
    )
    target = prometheus.Dataquery().expr(query).instant().format(PromQueryFormat.TABLE).ref_id("A")
    return (
        table.Panel()
        .title(title)
        .description(about)
        .datasource(METRICS)
        .targets([target])
        .with_transformation(chosen)
        .with_transformation(tidy)
        .height(8)
        .span(span)
    )


def _targets(lines: Sequence[Line]) -> list[Builder[Dataquery]]:
    """The queries A, B, C and so on."""
    return [
        prometheus.Dataquery()
        .expr(line.query)
        .legend_format(line.legend or "__auto")
        .range()
        .ref_id(chr(ord("A") + index))
        for index, line in enumerate(lines)
    ]
