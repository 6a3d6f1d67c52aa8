"""What can be asked of a log store, whichever it is, and what it answers.

Moments are nanoseconds since 1970 in UTC: both stores count them, and no float holds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

# As the collectors write them, the least important first; an entry that names none has none.
LEVELS: Final = ("debug", "info", "warn", "error", "fatal")
ERRORS: Final = ("error", "fatal")
# What stands for no level in a question.
NO_LEVEL: Final = "none"
# A question to Loki for more is rejected (its limit `max_entries_limit_per_query`).
MOST_ENTRIES: Final = 5000
SECOND: Final = 1_000_000_000
# Loki rejects questions about more than 30 days and an hour (`max_query_length`).
LONGEST_RANGE: Final = 30 * 24 * 3600 * SECOND
LAST_MOMENT: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Site:
    """Whose logs are asked for; no question leaves these two.

    Attributes:
        namespace: of the platform.
        instance: its name.
    """

    namespace: str
    instance: str


@dataclass(frozen=True, slots=True)
class Source:
    """A component's output, or the log files that it writes.

    Attributes:
        key: its name in addresses.
        title: its name for people.
        component: the label of its pods.
        files: whether these are log files, and not the output of its containers.
    """

    key: str
    title: str
    component: str
    files: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """From `start` up to and without `end`."""

    start: int
    end: int

    def __contains__(self, moment: int) -> bool:
        """Whether a moment lies in it."""
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class Filter:
    """What entries must be like; nothing of it means all.

    Attributes:
        text: that they contain, in capital or small letters.
        levels: any of `LEVELS` and `NO_LEVEL`.
        files: names of log files, any of them.
        pod: that wrote them.
        container: that wrote them.
    """

    text: str = ""
    levels: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    pod: str = ""
    container: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question about one source.

    Attributes:
        source: whose entries.
        range: when they were written.
        filter: what they are like.
        newest_first: whether the limit keeps the newest ones, or the oldest.
        limit: of entries.
    """

    source: Source
    range: Range
    filter: Filter = field(default_factory=Filter)
    newest_first: bool = True
    limit: int = MOST_ENTRIES


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry, of one line or several.

    Attributes:
        moment: of it.
        source: key of its source.
        text: as it was written.
        level: one of `LEVELS`, or empty.
        pod: that wrote it.
        container: that wrote it.
        file: name of the log file, or empty.
    """

    moment: int
    source: str
    text: str
    level: str = ""
    pod: str = ""
    container: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a log store.

    Attributes:
        path: below its address.
        form: names and values.
    """

    path: str
    form: dict[str, str]


class Dialect(Protocol):
    """How one kind of store is asked: a module with these functions."""

    def question(self, site: Site, ask: Ask) -> Call:
        """The request for entries."""

    def entries(self, body: bytes, ask: Ask) -> list[Entry]:
        """The entries of an answer, in its order.

        Raises:
            ValueError: it is no such answer.
        """

    def files_question(self, site: Site, source: Source, span: Range) -> Call:
        """The request for names of log files."""

    def file_names(self, body: bytes) -> Sequence[str]:
        """The names of an answer.

        Raises:
            ValueError: it is no such answer.
        """

    def errors_question(self, site: Site, span: Range) -> Call:
        """The request for the number of entries of `ERRORS`, by component."""

    def errors(self, body: bytes) -> dict[str, int]:
        """The numbers of an answer, by component.

        Raises:
            ValueError: it is no such answer.
        """
