"""Several questions at once, with one deadline; those that fail do not concern the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from omeroweb_admin_tools.configuration import LogStore
from omeroweb_admin_tools.http_client import Answers, Deadline, Failure, at_once, fetch
from omeroweb_admin_tools.planning.logs import logql, logsql
from omeroweb_admin_tools.planning.logs.model import Ask, Call, Dialect, Entry, Range, Source
from omeroweb_admin_tools.planning.logs.pages import Part, moment_part, moment_question, part

_DIALECTS: Final[Mapping[str, Dialect]] = {"loki": logql, "victorialogs": logsql}


def ask_all(store: LogStore, asks: Mapping[str, Ask]) -> Answers[Part]:
    """Ask for entries.

    Args:
        store: the log store.
        asks: by a name for each.
    """
    return at_once(
        store.seconds,
        {
            name: lambda deadline, ask=ask: _part(store, ask, deadline)  # type: ignore[misc]
            for name, ask in asks.items()
        },
    )


def file_names(store: LogStore, sources: Mapping[str, Source], span: Range) -> Answers[list[str]]:
    """Names of the log files with entries in a time.

    Args:
        store: the log store.
        sources: by a name for each.
        span: the time.
    """
    return at_once(
        store.seconds,
        {
            name: lambda deadline, source=source: _names(store, source, span, deadline)  # type: ignore[misc]
            for name, source in sources.items()
        },
    )


def errors(store: LogStore, span: Range) -> dict[str, int]:
    """How many errors each component wrote.

    Args:
        store: the log store.
        span: the time.

    Raises:
        Failure: it gives no answer, or none that can be read.
    """
    dialect = _DIALECTS[store.stack]
    deadline = Deadline(store.seconds)
    body = _send(store.url, dialect.errors_question(store.site, span), deadline)
    try:
        return dialect.errors(body)
    except ValueError as problem:
        raise Failure(f"its answer cannot be read: {problem}") from None


def _part(store: LogStore, ask: Ask, deadline: Deadline) -> Part:
    dialect = _DIALECTS[store.stack]

    def answer(ask: Ask) -> list[Entry]:
        body = _send(store.url, dialect.question(store.site, ask), deadline)
        return dialect.entries(body, ask)

    try:
        found = part(ask, answer(ask))
        moment = moment_question(ask, found)
        return found if moment is None else moment_part(moment, answer(moment))
    except ValueError as problem:
        raise Failure(f"its answer cannot be read: {problem}") from None


def _names(store: LogStore, source: Source, span: Range, deadline: Deadline) -> list[str]:
    dialect = _DIALECTS[store.stack]
    body = _send(store.url, dialect.files_question(store.site, source, span), deadline)
    try:
        return sorted(dialect.file_names(body))
    except ValueError as problem:
        raise Failure(f"its answer cannot be read: {problem}") from None


def _send(base: str, call: Call, deadline: Deadline) -> bytes:
    return fetch(f"{base}{call.path}", deadline, form=call.form)
