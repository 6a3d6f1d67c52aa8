"""Questions to Loki: LogQL over its HTTP API.

Sources: https://grafana.com/docs/loki/latest/query/log_queries/ and
https://grafana.com/docs/loki/latest/reference/loki-http-api/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from omeroweb_admin_tools.planning.logs import fields
from omeroweb_admin_tools.planning.logs.model import (
    ERRORS,
    NO_LEVEL,
    SECOND,
    Ask,
    Call,
    Entry,
    Range,
    Site,
    Source,
)
from omeroweb_admin_tools.planning.quoting import containing, quoted


def query(site: Site, ask: Ask) -> str:
    """The stream and, where something is filtered, what its entries must be like.

    Raises:
        ValueError: a value cannot be written in a literal.
    """
    parts = [
        _stream(
            site, ask.source, {fields.POD: ask.filter.pod, fields.CONTAINER: ask.filter.container}
        )
    ]
    # First, since it needs no labels: most entries end here.
    if ask.filter.text:
        parts.append(f"|~ {containing(ask.filter.text)}")
    if ask.filter.files:
        parts.append(_any(fields.FILE, sorted(ask.filter.files)))
    if ask.filter.levels:
        # A label that is not there is compared as an empty text.
        levels = ["" if each == NO_LEVEL else each for each in sorted(ask.filter.levels)]
        parts.append(_any(fields.LEVEL, levels))
    return " ".join(parts)


def question(site: Site, ask: Ask) -> Call:
    """The request for entries: `end` is not in the range, as in `Range`."""
    return Call(
        "loki/api/v1/query_range",
        {
            "query": query(site, ask),
            "start": str(ask.range.start),
            "end": str(ask.range.end),
            "limit": str(ask.limit),
            "direction": "backward" if ask.newest_first else "forward",
        },
    )


def entries(body: bytes, ask: Ask) -> list[Entry]:
    """The entries of an answer, stream after stream.

    Raises:
        ValueError: it is no such answer.
    """
    with _result(body, "streams", "streams") as streams:
        return [
            _entry(value, stream["stream"], ask.source)
            for stream in streams
            for value in stream["values"]
        ]


def files_question(site: Site, source: Source, span: Range) -> Call:
    """The request for names of log files."""
    return Call(
        f"loki/api/v1/label/{fields.FILE}/values",
        {"query": _stream(site, source, {}), "start": str(span.start), "end": str(span.end)},
    )


def file_names(body: bytes) -> list[str]:
    """The names of an answer; without any, Loki leaves the list out.

    Raises:
        ValueError: it is no such answer.
    """
    answer = json.loads(body)
    if not isinstance(answer, dict) or answer.get("status") != "success":
        raise ValueError("it does not say success")
    names = answer.get("data") or []
    if not isinstance(names, list):
        raise ValueError("it holds no names")
    return [str(each) for each in names]


def errors_question(site: Site, span: Range) -> Call:
    """The request for the number of errors, by component."""
    whose = ((fields.NAMESPACE, site.namespace), (fields.INSTANCE, site.instance))
    stream = f"{{{', '.join(_matcher(name, value) for name, value in whose)}}}"
    seconds = (span.end - span.start) // SECOND
    counted = f"count_over_time({stream} {_any(fields.LEVEL, list(ERRORS))} [{seconds}s])"
    query = f"sum by ({fields.COMPONENT}) ({counted})"
    return Call("loki/api/v1/query", {"query": query, "time": str(span.end)})


def errors(body: bytes) -> dict[str, int]:
    """The numbers of an answer, by component.

    Raises:
        ValueError: it is no such answer.
    """
    with _result(body, "vector", "numbers") as numbers:
        return {
            str(each["metric"].get(fields.COMPONENT, "")): int(float(each["value"][1]))
            for each in numbers
        }


@contextmanager
def _result(body: bytes, kind: str, words: str) -> Iterator[Any]:
    """The result of a query, while it is read: what is not as expected is no such answer.

    Args:
        body: of the answer.
        kind: `streams` or `vector`, as Loki calls it.
        words: what it holds, for people.

    Raises:
        ValueError: it is no such answer.
    """
    answer = json.loads(body)
    try:
        data = answer["data"]
        if answer["status"] != "success" or data["resultType"] != kind:
            raise ValueError(f"it holds no {words}")
        yield data["result"]
    except (AttributeError, LookupError, TypeError):
        raise ValueError(f"it holds no {words}") from None


def _stream(site: Site, source: Source, also: Mapping[str, str]) -> str:
    wanted = {
        fields.NAMESPACE: site.namespace,
        fields.INSTANCE: site.instance,
        fields.COMPONENT: source.component,
        **also,
    }
    matchers = [_matcher(name, value) for name, value in wanted.items() if value]
    matchers.append(f'{fields.FILE}{"!=" if source.files else "="}""')
    return f"{{{', '.join(matchers)}}}"


def _matcher(name: str, value: str) -> str:
    return f"{name}={quoted(value)}"


def _any(name: str, values: list[str]) -> str:
    return "| " + " or ".join(f"{name}={quoted(each)}" for each in values)


def _entry(value: Any, labels: Mapping[str, str], source: Source) -> Entry:
    return Entry(
        moment=int(value[0]),
        source=source.key,
        text=str(value[1]),
        level=labels.get(fields.LEVEL, ""),
        pod=labels.get(fields.POD, ""),
        container=labels.get(fields.CONTAINER, ""),
        file=labels.get(fields.FILE, ""),
    )
