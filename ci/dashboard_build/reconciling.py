"""`omero-operator`: whether the operator works, and what it does.

Its own figures are those of the whole cluster: one operator serves all sites.
"""

from __future__ import annotations

from dashboard_build.logs import Wanted
from dashboard_build.pages import Page, Row
from dashboard_build.panels import Limits, Line, figure, graph, rows
from dashboard_build.series import SITE, rate

_WRITES = 'verb=~"create|update|patch|delete"'
_REFUSED = 'omero_operator_api_calls_total{code!~"2.."}'
_CONDITIONS = f"omero:condition:status{{{SITE}}}"


def _late(quantile: float, metric: str, *by: str) -> str:
    labels = ", ".join(("le", *by))
    return f"histogram_quantile({quantile}, sum by ({labels}) ({rate(f'{metric}_bucket')}))"


_NOW = Row(
    "Now",
    [
        figure(
            "Leaders",
            "sum(omero_operator_leader)",
            limits=Limits(1, 1, falling=True),
            about="Exactly one replica writes.",
        ),
        figure("Platforms", "count(omero:site:info)"),
        figure(
            "Platforms ready",
            'sum(omero:condition:status{type="Ready"})',
        ),
        figure(
            "Waiting for a pass",
            "sum(omero_operator_queue_depth)",
            limits=Limits(5, 20),
        ),
        figure(
            "Watch lag",
            "max(omero_operator_watch_lag_seconds)",
            unit="s",
            limits=Limits(60, 300),
            about="Age of the oldest change that the watch has not reported.",
        ),
        figure(
            "Failed passes in an hour",
            'sum(increase(omero_operator_passes_total{result="error"}[1h])) or vector(0)',
            limits=Limits(1, 10),
        ),
        rows(
            "Conditions of the site",
            f"sort_desc({_CONDITIONS})",
            {"instance": "Site", "type": "Condition", "Value": "True"},
        ),
        graph(
            "Conditions of the site",
            [Line(_CONDITIONS, "{{type}}")],
            highest=1,
        ),
    ],
)

_WORK = Row(
    "Work",
    [
        graph(
            "Passes",
            [Line(f"sum by (result) ({rate('omero_operator_passes_total')})", "{{result}}")],
            unit="ops",
        ),
        graph(
            "Duration of a pass",
            [
                Line(_late(0.5, "omero_operator_pass_seconds"), "half of them"),
                Line(_late(0.95, "omero_operator_pass_seconds"), "95 %"),
            ],
            unit="s",
        ),
        graph(
            "Writes",
            [
                Line(
                    f"sum by (verb, kind) ({rate(f'omero_operator_api_calls_total{{{_WRITES}}}')})",
                    "{{verb}} {{kind}}",
                )
            ],
            unit="ops",
            about="A settled site causes none: writes that do not end are drift repaired again"
            " and again.",
        ),
        graph(
            "Requests to the API that failed",
            [
                Line(
                    f"sum by (verb, code) ({rate(_REFUSED)})",
                    "{{verb}} {{code}}",
                )
            ],
            unit="ops",
            about="Code 0: no answer. 404 is how the operator learns that an object is missing.",
        ),
        graph(
            "Duration of a request",
            [
                Line(
                    _late(0.95, "omero_operator_api_call_seconds", "verb"),
                    "{{verb}}",
                )
            ],
            unit="s",
            about="95 % are faster.",
        ),
        graph(
            "Next attempt",
            [
                Line(
                    "max by (namespace, platform) (omero_operator_next_attempt_seconds"
                    '{namespace=~"$namespace", platform=~"$instance"})',
                    "{{namespace}}/{{platform}}",
                )
            ],
            unit="s",
            about="Seconds until a platform whose last pass failed is tried again.",
        ),
    ],
)

PAGE = Page(
    uid="omero-operator",
    title="OMERO operator",
    about="Whether the operator works, and what it does.",
    rows=[_NOW, _WORK],
    logs={"Operator": Wanted("operator", pods=".*operator-.*")},
)
