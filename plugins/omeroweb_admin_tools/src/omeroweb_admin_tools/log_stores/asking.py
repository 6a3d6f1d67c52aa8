"""Several questions at once, with one deadline; those that fail do not concern the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final, Generic, NamedTuple, TypeVar

from omeroweb_admin_tools.configuration import LogStore
from omeroweb_admin_tools.log_stores.client import Deadline, StoreFailure, send
from omeroweb_admin_tools.planning.logs import logql, logsql
from omeroweb_admin_tools.planning.logs.model import Ask, Dialect, Entry, Range, Source
from omeroweb_admin_tools.planning.logs.pages import Part, moment_part, moment_question, part

_DIALECTS: Final[Mapping[str, Dialect]] = {"loki": logql, "victorialogs": logsql}
Answer = TypeVar("Answer")


class Answers(NamedTuple, Generic[Answer]):
    """What came back by the name of each question, and why something did not."""

    found: dict[str, Answer]
    failed: dict[str, str]


def ask_all(store: LogStore, asks: Mapping[str, Ask]) -> Answers[Part]:
    """Ask for entries.

    Args:
        store: the log store.
        asks: by a name for each.
    """
    return _at_once(
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
    return _at_once(
        store.seconds,
        {
            name: lambda deadline, source=source: _names(store, source, span, deadline)  # type: ignore[misc]
            for name, source in sources.items()
        },
    )


def _part(store: LogStore, ask: Ask, deadline: Deadline) -> Part:
    dialect = _DIALECTS[store.stack]

    def answer(ask: Ask) -> list[Entry]:
        body = send(store.url, dialect.question(store.site, ask), deadline)
        return dialect.entries(body, ask)

    try:
        found = part(ask, answer(ask))
        moment = moment_question(ask, found)
        return found if moment is None else moment_part(moment, answer(moment))
    except ValueError as problem:
        raise StoreFailure(f"its answer cannot be read: {problem}") from None


def _names(store: LogStore, source: Source, span: Range, deadline: Deadline) -> list[str]:
    dialect = _DIALECTS[store.stack]
    body = send(store.url, dialect.files_question(store.site, source, span), deadline)
    try:
        return sorted(dialect.file_names(body))
    except ValueError as problem:
        raise StoreFailure(f"its answer cannot be read: {problem}") from None


def _at_once(
    seconds: float, questions: Mapping[str, Callable[[Deadline], Answer]]
) -> Answers[Answer]:
    deadline = Deadline(seconds)
    answers: Answers[Answer] = Answers({}, {})
    if not questions:
        return answers
    pool = ThreadPoolExecutor(max_workers=len(questions), thread_name_prefix="logs")
    try:
        asked = {name: pool.submit(each, deadline) for name, each in questions.items()}
        wait(asked.values(), timeout=deadline.left())
    finally:
        # Who is late ends by itself: each wait of a request is bounded, too.
        pool.shutdown(wait=False, cancel_futures=True)
    for name, future in asked.items():
        _take(answers, name, future, deadline)
    return answers


def _take(answers: Answers[Answer], name: str, future: Future[Answer], deadline: Deadline) -> None:
    if not future.done() or future.cancelled():
        answers.failed[name] = deadline.passed()
        return
    try:
        answers.found[name] = future.result()
    except StoreFailure as failure:
        answers.failed[name] = str(failure)
