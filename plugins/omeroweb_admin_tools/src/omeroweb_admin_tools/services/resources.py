"""What runs, from the Kubernetes API, and how it has been, from Prometheus.

Each of the two is asked by a request of its own: where one is unavailable, the other is shown.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from omero_plugin_common.env_utils import EnvironmentProblem
from omero_plugin_common.errors import Unavailable
from omeroweb_admin_tools.configuration import grafana, kubernetes_api, prometheus, site
from omeroweb_admin_tools.http_client import Answers
from omeroweb_admin_tools.kubernetes_api import reading
from omeroweb_admin_tools.planning import figures
from omeroweb_admin_tools.planning.cluster import objects
from omeroweb_admin_tools.planning.cluster import pods as of_pods
from omeroweb_admin_tools.planning.cluster.reading import Item, name_of
from omeroweb_admin_tools.prometheus.asking import Series, Span, ask
from omeroweb_admin_tools.services.availability import no_answer, whole_answer

# Of the dashboards that the chart of the monitoring brings; the first four ids are those of the
# Docker edition.
_DASHBOARDS: Final = {
    "omero-infrastructure": "Infrastructure",
    "database-metrics": "Database of OMERO",
    "plugin-database-metrics": "Database of plugins",
    "redis-metrics": "Redis",
    "omero-plugins": "OMERO.web and plugins",
}
RANGES: Final = figures.RANGES
_USED: Final = "volume-used"
_SIZE: Final = "volume-size"


def cluster() -> dict[str, Any]:
    """Pods, workloads, volumes, Events and conditions of the site.

    Raises:
        Unavailable: these pods may not ask the API server, or it gives no answer.
    """
    api = kubernetes_api()
    answers = reading.read(api)
    _check_somebody_answered(answers, "kubernetes", "The Kubernetes API")
    found = answers.found
    instance = api.site.instance
    pods = found.get(reading.PODS, [])
    workloads = {
        "Deployment": found.get(reading.DEPLOYMENTS, []),
        "StatefulSet": found.get(reading.STATEFUL_SETS, []),
    }
    claims = objects.volume_rows(found.get(reading.CLAIMS, []), pods, instance)
    usage = of_pods.usage_of(found[reading.USAGE]) if reading.USAGE in found else None
    known = _names([*pods, *workloads["Deployment"], *workloads["StatefulSet"]])
    known += _names(found.get(reading.SCHEDULES, [])) + [each["id"] for each in claims]
    return {
        "moment": datetime.now(UTC).isoformat(timespec="seconds"),
        "site": {"namespace": api.site.namespace, "name": instance},
        "conditions": objects.condition_rows(next(iter(found.get(reading.PLATFORM, [])), {})),
        "pods": of_pods.rows(pods, usage),
        "workloads": [
            row for kind, items in workloads.items() for row in objects.workload_rows(kind, items)
        ],
        "schedules": objects.schedule_rows(found.get(reading.SCHEDULES, [])),
        "volumes": claims,
        "events": objects.event_rows(found.get(reading.EVENTS, []), known, instance),
        "failed": [{"what": what, "reason": why} for what, why in answers.failed.items()],
    }


def over_time(seconds: int) -> dict[str, Any]:
    """Figures of nodes, pods, databases, Redis and OMERO.web.

    Args:
        seconds: how far back; one of `figures.RANGES`.

    Raises:
        Unavailable: the site has no Prometheus, or it gives no answer.
    """
    server = prometheus()
    end = int(time.time())
    span = Span(end - seconds, end, figures.step(seconds))
    questions = {each.key: figures.promql(each.query, server.site) for each in figures.FIGURES}
    volumes = {
        _USED: figures.promql(figures.VOLUME_USED, server.site),
        _SIZE: figures.promql(figures.VOLUME_SIZE, server.site),
    }
    answers = ask(server, questions, volumes, span)
    _check_somebody_answered(answers, "prometheus", "Prometheus")
    return {
        "start": span.start,
        "end": span.end,
        "step": span.step,
        "figures": [_figure(each, answers) for each in figures.FIGURES],
        "volumes": _volumes(answers),
    }


def dashboards() -> list[dict[str, str]]:
    """Links to Grafana's dashboards of this site, without a time; none where it has no Grafana."""
    try:
        address, this = grafana(), site()
    except EnvironmentProblem:
        return []
    if address is None:
        return []
    variables = urlencode({"var-namespace": this.namespace, "var-instance": this.instance})
    return [
        {"title": title, "url": f"{address.url}d/{uid}?{variables}"}
        for uid, title in _DASHBOARDS.items()
    ]


def dashboard_instead(asked: str) -> str | None:
    """The dashboard that an address of the Docker edition's Grafana named, or the first one.

    Args:
        asked: the address below its proxy, such as `d/redis-metrics/redis`.
    """
    known = dict(zip(_DASHBOARDS, (each["url"] for each in dashboards()), strict=False))
    named = next((part for part in asked.split("/") if part in known), None)
    return known[named] if named else next(iter(known.values()), None)


def _check_somebody_answered(answers: Answers[Any], server: str, name: str) -> None:
    if answers.found:
        whole_answer(server)
        return
    why = next(iter(answers.failed.values()))
    raise Unavailable(no_answer(server, name, why), code=f"{server}_away")


def _names(objects: Sequence[Item]) -> list[str]:
    return [name_of(each) for each in objects]


def _figure(figure: figures.Figure, answers: Answers[Series]) -> dict[str, Any]:
    failed = answers.failed.get(figure.key, "")
    lines: list[dict[str, Any]] = []
    if not failed:
        try:
            lines = figures.lines(figure, answers.found[figure.key])
        except ValueError as problem:
            failed = f"its answer cannot be read: {problem}"
    return {
        "key": figure.key,
        "group": figure.group,
        "title": figure.title,
        "unit": figure.unit,
        "lines": lines[: figures.MOST_SERIES],
        "more": max(0, len(lines) - figures.MOST_SERIES),
        "failed": failed,
    }


def _volumes(answers: Answers[Series]) -> dict[str, dict[str, float]]:
    """Used bytes and size by claim, as far as they are known."""
    try:
        used, size = (
            figures.by_label("persistentvolumeclaim", answers.found.get(which, []))
            for which in (_USED, _SIZE)
        )
    except ValueError:
        return {}
    return {name: {"used": much, "size": size.get(name, 0.0)} for name, much in used.items()}
