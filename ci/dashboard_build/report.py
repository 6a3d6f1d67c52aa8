"""`ci/dashboards report`: asks a Prometheus every query, and says which return data.

A query that returns nothing on a running site is a panel without data, or an alert that can never
fire: a metric that nobody publishes, or a label of another name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from dashboard_build.queries import Query, of_dashboards, of_rules
from tools.common.errors import CommandError

_SECONDS: Final = 30.0
# Grafana's own variables, as for a graph of the last hours.
_GRAFANA: Final = {"__rate_interval": "5m", "__interval": "1m", "__range": "6h"}
# Asks one query; Prometheus's answer, https://prometheus.io/docs/prometheus/latest/querying/api/
AskOne = Callable[[str], Mapping[str, Any]]
_VARIABLE: Final = re.compile(r"\$\{?(\w+)\}?")


@dataclass(frozen=True)
class Answer:
    """What Prometheus said.

    Attributes:
        query: what was asked.
        series: number of series in the answer.
        note: why there is none, as far as it is known.
    """

    query: Query
    series: int
    note: str = ""


def filled(text: str, **chosen: str) -> str:
    """A query with values for the dashboard's variables; those that are not chosen match all.

    `$1` and the like stay: they are of `label_replace`.
    """
    values = {**_GRAFANA, **chosen}

    def value(found: re.Match[str]) -> str:
        name = found[1]
        return found[0] if name.isdigit() else values.get(name, ".*")

    return _VARIABLE.sub(value, text)


def ask(url: str, namespace: str, instance: str) -> list[Answer]:
    """Ask a Prometheus all queries.

    Args:
        url: of Prometheus.
        namespace: of the site; a regular expression.
        instance: its name; a regular expression.

    Raises:
        CommandError: Prometheus does not answer.
    """
    with httpx.Client(base_url=url.rstrip("/"), timeout=_SECONDS, trust_env=False) as client:

        def by_http(text: str) -> Mapping[str, Any]:
            try:
                said = client.post("/api/v1/query", data={"query": text})
                body: Mapping[str, Any] = said.json()
            except (httpx.HTTPError, ValueError) as error:
                raise CommandError(f"Prometheus at {url} does not answer: {error}") from error
            return {"error": said.status_code, **body}

        return answers(by_http, namespace, instance)


def answers(ask_one: AskOne, namespace: str, instance: str) -> list[Answer]:
    """The answers to all queries.

    Args:
        ask_one: asks Prometheus one.
        namespace: of the site; a regular expression.
        instance: its name; a regular expression.
    """
    return [
        _answer(ask_one, query, filled(query.text, namespace=namespace, instance=instance))
        for query in (*of_dashboards(), *of_rules())
    ]


def _answer(ask_one: AskOne, query: Query, text: str) -> Answer:
    body = ask_one(text)
    if body.get("status") != "success":
        return Answer(query, 0, f"error: {body.get('error')}")
    series = len(body["data"]["result"])
    if series:
        return Answer(query, series)
    missing = [name for name in sorted(query.metrics) if not _has(ask_one, name)]
    if missing:
        return Answer(query, 0, f"no series of {', '.join(missing)}")
    return Answer(query, 0, "its metrics are there: nothing fulfils its condition")


def _has(ask_one: AskOne, metric: str) -> bool:
    said = ask_one(f'count({{__name__="{metric}"}})')
    return bool(said.get("data", {}).get("result"))


def is_quiet_alert(answer: Answer) -> bool:
    """Whether nothing is wrong: all metrics of an alert are there, and none is bad."""
    return answer.query.place.endswith(".yaml") and answer.note.startswith("its metrics are there")


def is_nothing(answer: Answer) -> bool:
    """Whether its panel has no data, or its alert cannot fire."""
    return not answer.series and not is_quiet_alert(answer)


def table(answers: Sequence[Answer]) -> str:
    """A line for each query, grouped by place, and the sums."""
    lines: list[str] = []
    place = ""
    for answer in answers:
        if answer.query.place != place:
            place = answer.query.place
            lines.append(f"\n{place}")
        state = "quiet" if is_quiet_alert(answer) else "data" if answer.series else "NOTHING"
        about = f"{answer.series} series" if answer.series else answer.note
        lines.append(f"  {state:<8} {answer.query.name[:44]:<45} {about}")
    with_data = sum(1 for answer in answers if answer.series)
    quiet = sum(1 for answer in answers if is_quiet_alert(answer))
    nothing = sum(map(is_nothing, answers))
    lines.append(
        f"\n{len(answers)} queries: {with_data} return data, {quiet} are alerts that do not fire "
        f"although all their metrics are there, {nothing} return nothing"
    )
    return "\n".join(lines).lstrip()
