"""Logs of the platform: pages of several sources, what is around an entry, and all as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from omero_plugin_common import spreadsheet
from omero_plugin_common.errors import Unavailable
from omeroweb_admin_tools.configuration import LogStore, log_store
from omeroweb_admin_tools.http_client import Answers
from omeroweb_admin_tools.log_stores import asking
from omeroweb_admin_tools.planning.logs.logsql import rfc3339
from omeroweb_admin_tools.planning.logs.model import (
    MOST_ENTRIES,
    SECOND,
    Ask,
    Entry,
    Filter,
    Range,
    Source,
)
from omeroweb_admin_tools.planning.logs.pages import Page, Part, identities, merged
from omeroweb_admin_tools.planning.logs.sources import SOURCES
from omeroweb_admin_tools.services.availability import no_answer, whole_answer

# Of a downloaded file.
MOST_ROWS: Final = 100_000
# What is looked at before and after an entry.
_AROUND: Final = 3600 * SECOND
_COLUMNS: Final = ("Time", "Source", "Level", "Pod", "Container", "File", "Message")


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to see.

    Attributes:
        sources: whose entries.
        range: when they were written.
        filter: what they are like.
        size: of a page; it gets longer where its last moment has more entries.
    """

    sources: Sequence[Source]
    range: Range
    filter: Filter = field(default_factory=Filter)
    size: int = 200


def sources() -> list[dict[str, Any]]:
    """Whose logs can be asked for."""
    return [
        {"key": each.key, "title": each.title, "files": each.files} for each in SOURCES.values()
    ]


def files(span: Range) -> dict[str, Any]:
    """Names of the log files with entries in a time, by their source.

    Raises:
        Unavailable: the site has no log store, or it answers nothing.
    """
    wanted = {each.key: each for each in SOURCES.values() if each.files}
    answers = asking.file_names(log_store(), wanted, span)
    _check_somebody_answered(answers)
    return {"files": answers.found, "failed": _failed(answers.failed)}


def file_names(source: str, span: Range) -> list[str]:
    """Names of the log files of one source with entries in a time.

    Args:
        source: its key.
        span: the time.

    Raises:
        Unavailable: the site has no log store, or it does not answer.
    """
    answers = asking.file_names(log_store(), {source: SOURCES[source]}, span)
    _check_somebody_answered(answers)
    return answers.found[source]


def page(question: Question) -> dict[str, Any]:
    """Entries, the newest first, and where the next page begins.

    `next` is the `end` of a question for the next page. What is asked again from a moment that was
    already shown, as a live view does, has the same ids.

    Raises:
        Unavailable: the site has no log store, or it answers for none of the sources.
    """
    found, answers = _page(log_store(), question)
    _check_somebody_answered(answers)
    return {
        "entries": _json(found.entries),
        "next": None if found.rest is None else str(found.rest.end),
        "start": str(question.range.start),
        "end": str(question.range.end),
        "failed": _failed(answers.failed),
        "cut": _cut(answers.found),
    }


def around(source: Source, moment: int, who: Filter, size: int) -> dict[str, Any]:
    """Entries of one source before and after a moment, the newest first.

    Args:
        source: of the entry.
        moment: of the entry, whose own moment is with those before.
        who: its pod, container and log file.
        size: entries on each side.

    Raises:
        Unavailable: the site has no log store, or it does not answer.
    """
    before = Range(max(0, moment - _AROUND), moment + 1)
    after = Range(moment + 1, moment + 1 + _AROUND)
    asks = {
        "before": Ask(source, before, who, limit=size + 1),
        "after": Ask(source, after, who, newest_first=False, limit=size + 1),
    }
    answers = asking.ask_all(log_store(), asks)
    _check_somebody_answered(answers)
    sides = {
        name: merged([part], asks[name].range, size, newest_first=asks[name].newest_first)
        for name, part in answers.found.items()
    }
    later = sides["after"].entries[::-1] if "after" in sides else []
    earlier = sides["before"].entries if "before" in sides else []
    return {
        "entries": _json([*later, *earlier]),
        "more": {name: side.rest is not None for name, side in sides.items()},
        "failed": _failed(answers.failed),
        "cut": _cut(answers.found),
    }


def csv_lines(question: Question) -> Iterator[str]:
    """All entries as CSV, page after page; what is missing is said in the file.

    Args:
        question: its size does not matter.

    Raises:
        Unavailable: the site has no log store.
    """
    # Before the first line: later, nobody could be told.
    return spreadsheet.lines(_rows(log_store(), replace(question, size=MOST_ENTRIES)))


def _rows(store: LogStore, question: Question) -> Iterator[Sequence[object]]:
    yield _COLUMNS
    rest: Range | None = question.range
    shown = 0
    while rest is not None and shown < MOST_ROWS:
        found, answers = _page(store, replace(question, range=rest))
        yield from (_row(each) for each in found.entries)
        yield from (_note(f"{key} is missing here: {why}") for key, why in answers.failed.items())
        yield from (
            _note(f"{each['source']} has more entries of the moment {each['time']}")
            for each in _cut(answers.found)
        )
        if not answers.found:
            return
        shown += len(found.entries)
        rest = found.rest
    if rest is not None:
        yield _note(f"The file ends here, after {shown} entries: choose a shorter time")


def _page(store: LogStore, question: Question) -> tuple[Page, Answers[Part]]:
    # One more than the page has, so that its last moment is a whole one.
    limit = min(question.size + 1, MOST_ENTRIES)
    asks = {
        each.key: Ask(each, question.range, _fitting(each, question.filter), limit=limit)
        for each in question.sources
    }
    answers = asking.ask_all(store, asks)
    parts = [answers.found[key] for key in asks if key in answers.found]
    return merged(parts, question.range, question.size, newest_first=True), answers


def _fitting(source: Source, wanted: Filter) -> Filter:
    """Names of files say nothing of the output of a container."""
    return wanted if source.files else replace(wanted, files=frozenset())


def _check_somebody_answered(answers: Answers[Any]) -> None:
    if answers.failed and not answers.found:
        why = next(iter(answers.failed.values()))
        raise Unavailable(no_answer("logs", "The log store", why), code="log_store_away")
    whole_answer("logs")


def _failed(failed: dict[str, str]) -> list[dict[str, str]]:
    return [{"source": key, "reason": why} for key, why in failed.items()]


def _cut(found: dict[str, Part]) -> list[dict[str, Any]]:
    return [
        {"source": key, "time": rfc3339(part.cut), "shown": len(part.entries)}
        for key, part in found.items()
        if part.cut is not None
    ]


def _json(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    return [
        {
            "id": id_,
            "time": rfc3339(each.moment),
            "moment": str(each.moment),
            "source": each.source,
            "level": each.level,
            "pod": each.pod,
            "container": each.container,
            "file": each.file,
            "message": each.text,
        }
        for id_, each in zip(identities(entries), entries, strict=True)
    ]


def _row(each: Entry) -> Sequence[object]:
    moment = rfc3339(each.moment)
    return moment, each.source, each.level, each.pod, each.container, each.file, each.text


def _note(text: str) -> Sequence[object]:
    return "", "", "", "", "", "", text
