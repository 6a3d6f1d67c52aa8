"""Questions to Prometheus' HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from omeroweb_admin_tools.configuration import Prometheus
from omeroweb_admin_tools.http_client import Answers, Deadline, Failure, at_once, fetch

Series = list[Mapping[str, Any]]


class Span(NamedTuple):
    """Seconds since 1970, and between two points."""

    start: int
    end: int
    step: int


def ask(
    server: Prometheus, ranges: Mapping[str, str], now: Mapping[str, str], span: Span
) -> Answers[Series]:
    """Ask several questions at the same time.

    Args:
        server: Prometheus.
        ranges: questions about all of the time, by a name for each.
        now: questions about its end.
        span: the time.
    """
    over = {"start": str(span.start), "end": str(span.end), "step": str(span.step)}
    questions: dict[str, Callable[[Deadline], Series]] = {
        name: partial(_ask, f"{server.url}api/v1/query_range", {"query": query, **over})
        for name, query in ranges.items()
    }
    for name, query in now.items():
        form = {"query": query, "time": str(span.end)}
        questions[name] = partial(_ask, f"{server.url}api/v1/query", form)
    return at_once(server.seconds, questions)


def _ask(url: str, form: Mapping[str, str], deadline: Deadline) -> Series:
    body = fetch(url, deadline, form=form, complaint=_error)
    try:
        result = json.loads(body)["data"]["result"]
    except (ValueError, KeyError, TypeError):
        raise Failure("it does not answer as Prometheus does") from None
    if not isinstance(result, list) or not all(isinstance(each, dict) for each in result):
        raise Failure("it does not answer as Prometheus does")
    return result


def _error(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body.decode(errors="replace")
