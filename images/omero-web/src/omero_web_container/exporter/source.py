"""One source of metrics: read again and again, and what was read last is shown with its age."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector as AnyCollector

LOGGER: Final = logging.getLogger(__name__)
# What was read this many pauses ago, and as many times as long as reading takes, shows nothing any
# more: its thread waits for somebody.
_OLDEST: Final = 3

Read = Callable[[], Sequence[Metric]]


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric that goes up and down.

    Attributes:
        name: of the metric.
        text: what it means.
        labels: names of its labels.
    """

    name: str
    text: str
    labels: tuple[str, ...] = ()

    def of(self, value: float) -> Metric:
        """The metric with this value; for one without labels."""
        return GaugeMetricFamily(self.name, self.text, value=value)

    def by(self, values: Mapping[tuple[str, ...], float]) -> Metric:
        """The metric with a value for each combination of labels."""
        made = GaugeMetricFamily(self.name, self.text, labels=self.labels)
        for labels, value in values.items():
            made.add_metric(labels, value)
        return made


UP: Final = Figure(
    "omero_exporter_up", "Whether a source could be read the last time: 1 or 0.", ("source",)
)
AGE: Final = Figure("omero_exporter_age_seconds", "Age of what is shown of a source.", ("source",))


class Failed(Exception):
    """A source could not be read.

    Args:
        why: for the log.
        shown: what is known all the same, such as that a login failed.
    """

    def __init__(self, why: str, shown: Sequence[Metric] = ()) -> None:
        super().__init__(why)
        self.shown = shown


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a source said, and when."""

    metrics: Sequence[Metric]
    up: bool
    at: float
    seconds: float


@dataclass
class Source:
    """A source.

    Attributes:
        name: value of the label `source`.
        pause: seconds between two readings.
        read: reads it; `Failed`, or any other error, where that is not possible.
        patience: the pause is at least this many times as long as reading takes.
    """

    name: str
    pause: float
    read: Read
    patience: float = 0.0
    _last: _Reading | None = field(default=None, repr=False)
    _problem: str = ""

    def keep_reading(self) -> None:
        """Read for as long as the process lives."""
        never = threading.Event()
        while True:
            seconds = self.read_once()
            never.wait(max(self.pause, self.patience * seconds))

    def read_once(self) -> float:
        """Read it, and keep what it says; the seconds that it took."""
        began, problem = time.monotonic(), ""
        shown: Sequence[Metric] = ()
        try:
            shown = tuple(self.read())
        except Failed as error:
            shown, problem = error.shown, str(error)
        except Exception as error:  # noqa: BLE001 - the other sources go on
            problem = f"{type(error).__name__}: {error}"
        now = time.monotonic()
        self._last = _Reading(shown, not problem, now, now - began)
        self._tell(" ".join(problem.split()))
        return now - began

    def collect(self) -> tuple[Sequence[Metric], bool, float | None]:
        """What is shown, whether it could be read, and its age in seconds; None at first."""
        last = self._last
        if last is None:
            return (), False, None
        age = time.monotonic() - last.at
        oldest = _OLDEST * (max(self.pause, self.patience * last.seconds) + last.seconds) + 60
        return (last.metrics, last.up, age) if age <= oldest else ((), False, age)

    def _tell(self, problem: str) -> None:
        """One line when it fails, and one when it answers again."""
        if problem and problem != self._problem:
            LOGGER.warning("%s cannot be read: %s", self.name, problem[:500])
        elif self._problem and not problem:
            LOGGER.warning("%s can be read again", self.name)
        self._problem = problem


class Collector(AnyCollector):
    """All sources, for the registry of Prometheus' client library."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def collect(self) -> Iterator[Metric]:
        """What each source said last, and how it is."""
        up: dict[tuple[str, ...], float] = {}
        ages: dict[tuple[str, ...], float] = {}
        for source in self._sources:
            metrics, read, age = source.collect()
            yield from metrics
            up[source.name,] = float(read)
            if age is not None:
                ages[source.name,] = age
        yield from (UP.by(up), AGE.by(ages))
