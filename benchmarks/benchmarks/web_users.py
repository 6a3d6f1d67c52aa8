"""Fifty people at once: OMERO.web as OME starts it, and as this platform's image does.

Both are asked for the same pages, on the same stand-in, in turn. The clients run on the same cores,
so the seconds are those of a machine that is overloaded; what counts is one beside the other.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from omero.gateway import BlitzGateway
from omero.rtypes import rint

import collected_static
import local_services
from benchmarks.samples import percentile
from benchmarks.stock_web import stock_web
from benchmarks.visitor import Visitor
from omero_ci.console import step

PEOPLE: Final = 50
_DATASETS: Final = 2
# Which of them a person looks at, one after the other: people come back to what they work on.
_ROUNDS: Final = (0, 1, 0)
_GROUPS: Final = 5
_IMAGES: Final = 24
_PASSWORD: Final = "benchmark"  # noqa: S105 - of a stand-in that ends with the benchmark
VERSIONS: Final = ("omero-web", "omero-py", "Django", "gunicorn")
HEADER: Final = (
    f"{'':<26} {'stock p50':>10} {'p95':>8} {'ours p50':>10} {'p95':>8} {'ours/stock':>11}"
)


@dataclass
class Run:
    """What one OMERO.web was asked.

    Attributes:
        seconds: Duration of every request, by kind.
        elapsed: Seconds from the first to the last request.
        memory: Megabytes of its processes, each page shared by several counted once.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    elapsed: float = 0.0
    memory: float = 0.0

    @property
    def all(self) -> list[float]:
        """All durations."""
        return [one for kind in self.seconds.values() for one in kind]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.all) / self.elapsed


@dataclass(frozen=True)
class Row:
    """A figure of both."""

    name: str
    stock: tuple[float, float]
    ours: tuple[float, float]
    ratio: float

    def line(self) -> str:
        """One line of the table."""
        stock, ours = (f"{p50:>10.3f} {p95:>8.3f}" for p50, p95 in (self.stock, self.ours))
        return f"{self.name:<26} {stock} {ours} {self.ratio:>11.2f}"

    def plain(self) -> dict[str, Any]:
        """The figure as JSON data."""
        return {"name": self.name, "stock": self.stock, "ours": self.ours, "ratio": self.ratio}


def measure(samples: int) -> list[Row]:
    """Let fifty people work with both.

    Args:
        samples: How often, in turn.
    """
    stock: list[Run] = []
    ours: list[Run] = []
    static = str(collected_static.static_root())
    variables = {"WEB_APPS": "", "OMERO_WEB_STATIC_ROOT": static}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with local_services.site(folder, data=str(_data(folder)), **variables) as site:
            with step("thumbnails are drawn, as after an import"):
                _draw(site.standin)
            for number in range(samples):
                for name, start, runs in (("stock", _stock, stock), ("ours", _ours, ours)):
                    own = folder / f"{name}-{number}"
                    own.mkdir()
                    with step(f"{PEOPLE} people, {name}, {number + 1} of {samples}"):
                        runs.append(_visited(start(own, site)))
    return _rows(stock, ours)


def _rows(stock: list[Run], ours: list[Run]) -> list[Row]:
    rows = []
    for kind in stock[0].seconds:
        figures = [
            _percentiles([one for run in runs for one in run.seconds[kind]])
            for runs in (stock, ours)
        ]
        rows.append(Row(kind, figures[0], figures[1], figures[1][1] / figures[0][1]))
    whole = [_percentiles([one for run in runs for one in run.all]) for runs in (stock, ours)]
    rows.append(Row("all", whole[0], whole[1], whole[1][1] / whole[0][1]))
    rates = [statistics.median(run.rate for run in runs) for runs in (stock, ours)]
    rows.append(Row("requests a second", (rates[0], 0), (rates[1], 0), rates[1] / rates[0]))
    sizes = [max(run.memory for run in runs) for runs in (stock, ours)]
    rows.append(Row("memory (MB)", (sizes[0], 0), (sizes[1], 0), sizes[1] / sizes[0]))
    return rows


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    return percentile(seconds, 50), percentile(seconds, 95)


Started = contextlib.AbstractContextManager[tuple[str, int, list[int]]]
"""Host, port and the first processes of an OMERO.web."""


@contextlib.contextmanager
def _stock(folder: Path, site: local_services.Site) -> Iterator[tuple[str, int, list[int]]]:
    with stock_web(folder, site.standin) as web:
        yield "127.0.0.1", web.port, [web.process.pid]


@contextlib.contextmanager
def _ours(folder: Path, site: local_services.Site) -> Iterator[tuple[str, int, list[int]]]:
    """A whole pod: nginx, and gunicorn behind it."""
    with local_services.front_of(site, folder) as pod:
        place = urlsplit(pod.url)
        both = [part.process.pid for part in (pod.web, pod.front) if part]
        yield str(place.hostname), int(place.port or 0), both


def _visited(started: Started) -> Run:
    run, lock = Run(), threading.Lock()

    def took(kind: str, seconds: float) -> None:
        with lock:
            run.seconds[kind].append(seconds)

    with started as (host, port, processes):
        began = time.monotonic()
        with ThreadPoolExecutor(PEOPLE) as pool:
            visits = [pool.submit(_work, Visitor(host, port, took), at) for at in range(PEOPLE)]
            for visit in visits:
                visit.result()
        run.elapsed = time.monotonic() - began
        run.memory = sum(map(_megabytes, _family(processes)))
    return run


def _work(visitor: Visitor, number: int) -> None:
    """What one person does: logs in, looks at two datasets and at the first again."""
    visitor.log_in(f"user{number:02d}", _PASSWORD)
    api = "/webclient/api"
    for at in _ROUNDS:
        visitor.page("page", "/webclient/")
        containers = visitor.data("tree", f"{api}/containers/?id=-1&page=0&group=-1")
        (dataset,) = [one["id"] for one in containers["datasets"]][at : at + 1]
        listed = visitor.data("tree", f"{api}/images/?id={dataset}&page=1&sizeXYZ=true&date=true")
        images = [image["id"] for image in listed["images"]]
        query = "&".join(f"id={image}" for image in images)
        visitor.data("thumbnails of a dataset", f"/webclient/get_thumbnails/?{query}")
        for image in images[:4]:
            visitor.get("one thumbnail", f"/webclient/render_thumbnail/{image}/?version=0")
            visitor.get("panel", f"/webclient/metadata_details/image/{image}/")
            visitor.data("panel: tags", f"{api}/annotations/?type=tag&image={image}")
    visitor.close()


def _draw(omero: local_services.Service) -> None:
    gateway = BlitzGateway("root", omero.password, host="127.0.0.1", port=omero.port, secure=True)
    if not gateway.connect():
        raise RuntimeError(f"root could not log in: {gateway.getLastError()}")
    try:
        gateway.SERVICE_OPTS.setOmeroGroup("-1")
        found = gateway.getQueryService().projection(
            "select p.id from Pixels p", None, gateway.SERVICE_OPTS
        )
        store = gateway.createThumbnailStore()
        ids = [row[0].val for row in found]
        store.getThumbnailByLongestSideSet(rint(96), ids, gateway.SERVICE_OPTS)
    finally:
        gateway.close()


def _data(folder: Path) -> Path:
    """Fifty people in five groups; the first of each has two datasets that all may see."""
    images = [{"name": "cell {:02d}", "count": _IMAGES, "channels": ["DAPI", "GFP"]}]
    names = [(f"user{at:02d}", f"lab{at % _GROUPS}") for at in range(PEOPLE)]
    described = {
        "groups": [{"name": f"lab{at}", "permissions": "rwr---"} for at in range(_GROUPS)],
        "users": [{"name": name, "password": _PASSWORD, "groups": [lab]} for name, lab in names],
        "data": [
            {
                "owner": name,
                "group": lab,
                "datasets": [{"name": f"day {at}", "images": images} for at in range(_DATASETS)],
            }
            for name, lab in names[:_GROUPS]
        ],
    }
    file = folder / "fifty.json"
    file.write_text(json.dumps(described), encoding="utf-8")
    return file


def _family(first: list[int]) -> list[int]:
    """Processes and all below them."""
    children = defaultdict(list)
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = status.read_text().rpartition(")")[2].split()
            children[int(words[1])].append(int(status.parent.name))
    found = list(first)
    for process in found:
        found += children[process]
    return found


def _megabytes(process: int) -> float:
    """Proportional set size, https://docs.kernel.org/filesystems/proc.html."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
