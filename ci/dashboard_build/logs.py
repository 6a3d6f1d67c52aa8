"""Panels of logs, in the dialect of either log store.

Labels and fields are the collector's: `namespace`, `instance`, `component`, `pod`, `container`,
`file` and `level` (docs/admin-tools.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from grafana_foundation_sdk.builders import logs, loki
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.common import LogsDedupStrategy, LogsSortOrder

LOKI: Final = "loki"
VICTORIALOGS: Final = "victorialogs"
# Folder of the chart → type of the data source in Grafana.
STORES: Final = {LOKI: "loki", VICTORIALOGS: "victoriametrics-logs-datasource"}

BAD: Final = "error|fatal"


@dataclass(frozen=True)
class Wanted:
    """Which entries a panel shows.

    Attributes:
        components: components of the site, as a regular expression.
        errors: only entries of the levels error and fatal.
        pods: names of pods that belong to no site, as a regular expression.
    """

    components: str = ".+"
    errors: bool = False
    pods: str = ""


@dataclass
class LogsQuery(Dataquery):
    """A query of the data source plug-in of VictoriaLogs, which the SDK does not know.

    Source: https://github.com/VictoriaMetrics/victorialogs-datasource, src/types.ts.
    """

    expr: str
    max_lines: int

    def to_json(self) -> dict[str, Any]:
        """What Grafana stores."""
        return {
            "datasource": {"type": STORES[VICTORIALOGS], "uid": "${logs}"},
            "editorMode": "code",
            "expr": self.expr,
            "maxLines": self.max_lines,
            "queryType": "instant",
            "refId": "A",
        }


class _LogsQueryBuilder(Builder[LogsQuery]):
    def __init__(self, expr: str) -> None:
        self.expr = expr

    def build(self) -> LogsQuery:
        return LogsQuery(self.expr, _MAX_LINES)


_MAX_LINES: Final = 500


def logql(wanted: Wanted) -> str:
    """For Loki."""
    if wanted.pods:
        stream = f'{{component=~"{wanted.components}", pod=~"{wanted.pods}"}}'
    else:
        site = 'namespace=~"$namespace", instance=~"$instance"'
        stream = f'{{{site}, component=~"{wanted.components}"}}'
    return f'{stream} | level=~"{BAD}"' if wanted.errors else stream


def logsql(wanted: Wanted) -> str:
    """For VictoriaLogs; its regular expressions are not anchored."""
    if wanted.pods:
        parts = [f'component:~"^({wanted.components})$"', f'pod:~"^({wanted.pods})$"']
    else:
        parts = [
            'namespace:~"^($namespace)$"',
            'instance:~"^($instance)$"',
            f'component:~"^({wanted.components})$"',
        ]
    if wanted.errors:
        parts.append(f'level:~"^({BAD})$"')
    return " ".join(parts)


def entries(title: str, wanted: Wanted, store: str, *, about: str = "") -> logs.Panel:
    """The newest entries first.

    Args:
        title: of the panel.
        wanted: which ones.
        store: `loki` or `victorialogs`.
        about: what the reader should know.
    """
    target: Builder[Any] = (
        loki.Dataquery().expr(logql(wanted)).max_lines(_MAX_LINES).query_type("range").ref_id("A")
        if store == LOKI
        else _LogsQueryBuilder(logsql(wanted))
    )
    return (
        logs.Panel()
        .title(title)
        .description(about)
        .datasource(models.DataSourceRef(type_val=STORES[store], uid="${logs}"))
        .targets([target])
        .show_time(True)
        .wrap_log_message(True)
        .enable_log_details(True)
        .sort_order(LogsSortOrder.DESCENDING)
        .dedup_strategy(LogsDedupStrategy.NONE)
        .height(10)
        .span(24)
    )
