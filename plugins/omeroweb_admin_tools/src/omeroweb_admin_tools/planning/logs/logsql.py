"""Questions to VictoriaLogs: LogsQL over its HTTP API.

Sources: https://docs.victoriametrics.com/victorialogs/logsql/ and
https://docs.victoriametrics.com/victorialogs/querying/
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

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

_SHOWN: Final = ("_time", "_msg", fields.LEVEL, fields.POD, fields.CONTAINER, fields.FILE)
_MOMENT: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def query(site: Site, ask: Ask) -> str:
    """The filters, the order with the limit, and the fields that are shown.

    Raises:
        ValueError: a value cannot be written in a literal.
    """
    wanted = ask.filter
    parts = [_within(ask.range), *_stream(site, ask.source)]
    parts += [
        _is(name, value)
        for name, value in ((fields.POD, wanted.pod), (fields.CONTAINER, wanted.container))
        if value
    ]
    if wanted.files:
        parts.append(_in(fields.FILE, wanted.files))
    if wanted.levels:
        parts.append(_levels(wanted.levels))
    if wanted.text:
        parts.append(f"_msg:~{containing(wanted.text)}")
    order = "_time desc" if ask.newest_first else "_time"
    return f"{' '.join(parts)} | sort by ({order}) limit {ask.limit} | fields {', '.join(_SHOWN)}"


def question(site: Site, ask: Ask) -> Call:
    """The request for entries."""
    return Call("select/logsql/query", {"query": query(site, ask)})


def entries(body: bytes, ask: Ask) -> list[Entry]:
    """The entries of an answer: a JSON object in each line.

    Raises:
        ValueError: it is no such answer.
    """
    return [_entry(json.loads(line), ask.source) for line in body.split(b"\n") if line.strip()]


def files_question(site: Site, source: Source, span: Range) -> Call:
    """The request for names of log files."""
    filters = " ".join([_within(span), *_stream(site, source)])
    return Call("select/logsql/field_values", {"query": filters, "field": fields.FILE})


def file_names(body: bytes) -> list[str]:
    """The names of an answer.

    Raises:
        ValueError: it is no such answer.
    """
    try:
        return [str(each["value"]) for each in json.loads(body)["values"]]
    except (KeyError, TypeError):
        raise ValueError("it holds no values") from None


def errors_question(site: Site, span: Range) -> Call:
    """The request for the number of errors, by component."""
    whose = [_is(fields.NAMESPACE, site.namespace), _is(fields.INSTANCE, site.instance)]
    filters = " ".join([_within(span), *whose, _in(fields.LEVEL, frozenset(ERRORS))])
    query = f"{filters} | stats by ({fields.COMPONENT}) count() as entries"
    return Call("select/logsql/query", {"query": query})


def errors(body: bytes) -> dict[str, int]:
    """The numbers of an answer, by component: a JSON object in each line.

    Raises:
        ValueError: it is no such answer.
    """
    lines = [json.loads(line) for line in body.split(b"\n") if line.strip()]
    try:
        return {str(each.get(fields.COMPONENT, "")): int(each["entries"]) for each in lines}
    except (AttributeError, LookupError, TypeError):
        raise ValueError("it holds no numbers") from None


def rfc3339(moment: int) -> str:
    """A moment with all its nanoseconds, so that nothing is read as a whole second."""
    seconds, rest = divmod(moment, SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def _within(span: Range) -> str:
    return f"_time:[{rfc3339(span.start)}, {rfc3339(span.end)})"


def _stream(site: Site, source: Source) -> list[str]:
    return [
        _is(fields.NAMESPACE, site.namespace),
        _is(fields.INSTANCE, site.instance),
        _is(fields.COMPONENT, source.component),
        # Any value, or none.
        f"{fields.FILE}:*" if source.files else f'{fields.FILE}:""',
    ]


def _is(name: str, value: str) -> str:
    return f"{name}:={quoted(value)}"


def _in(name: str, values: frozenset[str]) -> str:
    return f"{name}:in({', '.join(quoted(each) for each in sorted(values))})"


def _levels(wanted: frozenset[str]) -> str:
    named = wanted - {NO_LEVEL}
    if named == wanted:
        return _in(fields.LEVEL, named)
    none = f'{fields.LEVEL}:""'
    return f"({_in(fields.LEVEL, named)} or {none})" if named else none


def _entry(line: Any, source: Source) -> Entry:
    if not isinstance(line, Mapping) or "_time" not in line:
        raise ValueError("a line is no entry")
    return Entry(
        moment=_moment(str(line["_time"])),
        source=source.key,
        text=str(line.get("_msg", "")),
        level=str(line.get(fields.LEVEL, "")),
        pod=str(line.get(fields.POD, "")),
        container=str(line.get(fields.CONTAINER, "")),
        file=str(line.get(fields.FILE, "")),
    )


def _moment(text: str) -> int:
    found = _MOMENT.fullmatch(text)
    if not found:
        raise ValueError(f"{text[:50]!r} is no moment")
    since = datetime.fromisoformat(f"{found[1]}+00:00") - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + int((found[2] or "0").ljust(9, "0"))
