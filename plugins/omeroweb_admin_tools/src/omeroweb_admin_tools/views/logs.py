"""Logs of the platform."""

from __future__ import annotations

import re
import time
from typing import Any, Final

from omero_plugin_common.errors import BadRequest
from omero_plugin_common.request_utils import number_from_query
from omero_plugin_common.web import Caller, json_view
from omero_plugin_common.web.answers import csv_stream
from omeroweb_admin_tools.planning.logs import docker_edition
from omeroweb_admin_tools.planning.logs.model import (
    LAST_MOMENT,
    LEVELS,
    LONGEST_RANGE,
    MOST_ENTRIES,
    NO_LEVEL,
    SECOND,
    Filter,
    Range,
    Source,
)
from omeroweb_admin_tools.planning.logs.sources import chosen
from omeroweb_admin_tools.services import logs
from omeroweb_admin_tools.views.access import FULL

_LOOKBACK_SECONDS: Final = 900
_PAGE: Final = 200
_MOST_TEXT: Final = 500
_INTERNAL_SECONDS: Final = 7 * 86_400
# Names of pods, containers and log files; others cannot be.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}", re.ASCII)


@json_view("GET", admin=FULL)
def data(request: Any, _caller: Caller) -> dict[str, Any]:
    """Entries, the newest first.

    `?source=` (repeated; all without it), `level` (repeated: `debug`, `info`, `warn`, `error`,
    `fatal`, `none`), `query` (a text in them, in capital or small letters), `file` (repeated: names
    of log files), `pod`, `container`; `start` and `end` in nanoseconds since 1970, or `lookback` in
    seconds before `end` (900); `end` is now without it; `limit` of a page (200).
    `next` is the `end` of the page after it. A live view asks for the last minute again and leaves
    out what it has by its `id`.
    Without `source`, `container` and `internal_file` (such as `omeroserver/Blitz-0.log`) are those
    of the Docker edition.

    Returns:
        {"entries": [{"id", "time", "moment", "source", "level", "pod", "container", "file",
        "message"}, …], "next" or null, "start", "end", "failed": [{"source", "reason"}, …], "cut":
        [{"source", "time", "shown"}, …]}
    """
    return logs.page(_question(request))


@json_view("GET", admin=FULL)
def table(request: Any, _caller: Caller) -> Any:
    """All entries of a time as a file; parameters as `data`, without `limit`.

    A source that failed, and entries that are missing, are said in the file.

    Returns:
        CSV
    """
    return csv_stream(logs.csv_lines(_question(request)), "omero-logs.csv")


@json_view("GET", admin=FULL)
def around(request: Any, _caller: Caller) -> dict[str, Any]:
    """What one source wrote in the hour before and after a moment, the newest first.

    `?source=`, `moment` in nanoseconds since 1970; `pod`, `container` and `file` of the entry;
    `limit` on each side (50).

    Returns:
        {"entries": as `data`, "more": {"before", "after"}, "failed", "cut"}
    """
    sources = _sources(request)
    if len(sources) != 1:
        raise BadRequest("`source` must be one source")
    moment = number_from_query(request, "moment", most=LAST_MOMENT - LONGEST_RANGE)
    size = number_from_query(request, "limit", 50, MOST_ENTRIES - 1)
    who = Filter(
        files=frozenset(_names(request, "file")),
        pod=_name(request, "pod"),
        container=_name(request, "container"),
    )
    return logs.around(sources[0], moment, who, max(1, size))


@json_view("GET", admin=FULL)
def sources(_request: Any, _caller: Caller) -> dict[str, Any]:
    """Whose logs can be asked for.

    Returns:
        {"sources": [{"key", "title", "files"}, …], "levels"}
    """
    return {"sources": logs.sources(), "levels": [*LEVELS, NO_LEVEL]}


@json_view("GET", admin=FULL)
def files(request: Any, _caller: Caller) -> dict[str, Any]:
    """Names of the log files with entries in a time; `start`, `end` and `lookback` as `data`.

    Returns:
        {"files": {source: [name, …], …}, "failed": [{"source", "reason"}, …]}
    """
    return logs.files(_range(request))


@json_view("GET", admin=FULL)
def internal_labels(request: Any, _caller: Caller) -> dict[str, Any]:
    """Names of the log files of a service of the Docker edition, of the last 7 days.

    `?service=` is `omeroserver_internal` or `omeroweb_internal`. Newer programs ask `files/`.

    Returns:
        {"service", "labels": [name, …]}
    """
    service = request.GET.get("service", "")
    try:
        key = docker_edition.source(service)
    except ValueError:
        key = ""
    if not key.endswith("-files"):
        raise BadRequest(
            "`service` must be omeroserver_internal or omeroweb_internal", code="no_such_source"
        )
    now = min(time.time_ns() + SECOND, LAST_MOMENT)
    span = Range(now - _INTERNAL_SECONDS * SECOND, now)
    return {"service": service, "labels": logs.file_names(key, span)}


def _question(request: Any) -> logs.Question:
    size = number_from_query(request, "limit", _PAGE, MOST_ENTRIES)
    if not request.GET.getlist("source") and _of_docker_edition(request):
        return _docker_question(request, size)
    wanted = Filter(
        text=_text(request),
        levels=_levels(request),
        files=frozenset(_names(request, "file")),
        pod=_name(request, "pod"),
        container=_name(request, "container"),
    )
    return logs.Question(_sources(request), _range(request), wanted, max(1, size))


def _of_docker_edition(request: Any) -> bool:
    return "container" in request.GET or "internal_file" in request.GET


def _docker_question(request: Any, size: int) -> logs.Question:
    """Its log files were sources beside the output of the same program."""
    try:
        asked = docker_edition.asked(
            request.GET.getlist("container"), request.GET.getlist("internal_file")
        )
    except ValueError as problem:
        raise BadRequest(str(problem), code="no_such_source") from None
    _check_names("internal_file", asked.files)
    wanted = Filter(text=_text(request), levels=_levels(request), files=frozenset(asked.files))
    return logs.Question(_known(asked.sources), _range(request), wanted, max(1, size))


def _sources(request: Any) -> list[Source]:
    return _known(request.GET.getlist("source"))


def _known(keys: list[str]) -> list[Source]:
    try:
        return chosen(keys)
    except ValueError as problem:
        raise BadRequest(str(problem), code="no_such_source") from None


def _range(request: Any) -> Range:
    now = min(time.time_ns() + SECOND, LAST_MOMENT)
    end = number_from_query(request, "end", now, LAST_MOMENT)
    longest = LONGEST_RANGE // SECOND
    lookback = number_from_query(request, "lookback", _LOOKBACK_SECONDS, longest)
    start = number_from_query(request, "start", max(0, end - lookback * SECOND), LAST_MOMENT)
    if not 0 < end - start <= LONGEST_RANGE:
        raise BadRequest("`start` must be before `end`, by 30 days at most", code="bad_time")
    return Range(start, end)


def _levels(request: Any) -> frozenset[str]:
    wanted = frozenset(request.GET.getlist("level"))
    if wanted - {*LEVELS, NO_LEVEL}:
        raise BadRequest(f"`level` must be of {', '.join([*LEVELS, NO_LEVEL])}", code="bad_level")
    return wanted


def _text(request: Any) -> str:
    text = str(request.GET.get("query", ""))
    if len(text) > _MOST_TEXT:
        raise BadRequest(f"`query` may have {_MOST_TEXT} characters", code="bad_query")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadRequest("`query` is not a text in UTF-8", code="bad_query") from None
    return text


def _names(request: Any, parameter: str) -> list[str]:
    found: list[str] = request.GET.getlist(parameter)
    _check_names(parameter, found)
    return found


def _check_names(parameter: str, names: list[str]) -> None:
    if not all(_NAME.fullmatch(each) for each in names):
        raise BadRequest(f"`{parameter}` is no name of one", code="bad_name")


def _name(request: Any, parameter: str) -> str:
    return next(iter(_names(request, parameter)), "")
