"""`ci/bench`: measure, print a table, write JSON. Exit code 0 whether or not goals were met."""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from benchmarks import (
    ims_writer,
    labels,
    omp_jobs,
    omp_page,
    omp_parse,
    operator_figures,
    page_calls,
    samples,
    site_figures,
    standin_figures,
    upload,
    upload_files,
    web_users,
)
from omero_ci.console import run_main, say


class _Row(Protocol):
    def line(self) -> str: ...

    def plain(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Part:
    """One benchmark.

    Attributes:
        says: What it measures, on what.
        measure: Takes the number of samples and returns the rows of its table.
        count: Samples unless the user says otherwise; those that count calls need no number.
        header: The table's first line.
        versions: Packages whose versions matter.
    """

    says: str
    measure: Callable[[int], Sequence[_Row]]
    count: int = 1
    header: str = samples.HEADER
    versions: Sequence[str] = ("kopf", "kubernetes", "omero-operator")


PARTS: Final = {
    "operator": Part("an API server of its own, no node", operator_figures.measure, 20),
    "site": Part("real pods on the running demo", site_figures.measure, 3),
    "standin": Part(
        "the stand-in and OMERO.web as local processes",
        standin_figures.measure,
        9,
        versions=standin_figures.VERSIONS,
    ),
    "pages": Part(
        "OMERO calls of each page of OMERO.web",
        lambda _: page_calls.measure(),
        header=page_calls.HEADER,
        versions=page_calls.VERSIONS,
    ),
    "web": Part(
        "fifty people at once, beside stock OMERO.web",
        web_users.measure,
        2,
        web_users.HEADER,
        web_users.VERSIONS,
    ),
    "omp-parse": Part(
        "names per second of the OMP plugin's parser",
        omp_parse.measure,
        15,
        omp_parse.HEADER,
        omp_parse.VERSIONS,
    ),
    "omp-jobs": Part(
        "the OMP plugin's jobs on 10 000 images",
        lambda _: omp_jobs.measure(),
        header=omp_jobs.HEADER,
        versions=omp_jobs.VERSIONS,
    ),
    "omp-page": Part(
        "time, requests and bytes of the OMP plugin's page",
        omp_page.measure,
        5,
        omp_page.HEADER,
        omp_page.VERSIONS,
    ),
    "upload": Part(
        "bytes a second of four uploads at once, beside tusd",
        upload.measure,
        2,
        upload.HEADER,
        upload.VERSIONS,
    ),
    "upload-files": Part(
        "a thousand small files: sent, read, imported, compared",
        lambda _: upload_files.measure(),
        header=upload_files.HEADER,
        versions=upload_files.VERSIONS,
    ),
    "ims": Part(
        "the writer of Imaris files, beside plain h5py",
        ims_writer.measure,
        3,
        ims_writer.HEADER,
        ims_writer.VERSIONS,
    ),
    "labels": Part(
        "labels of spectra, against textalloc and adjustText; seconds of processor time",
        labels.measure,
        header=labels.HEADER,
        versions=labels.VERSIONS,
    ),
}


def main(arguments: list[str]) -> int:
    """Run the chosen benchmark."""
    parser = argparse.ArgumentParser(
        prog="ci/bench",
        description="Measure the operator, OMERO.web and plugins. No test depends on the figures.",
        epilog="\n".join(f"{name:<12} {part.says}" for name, part in PARTS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("part", nargs="?", choices=tuple(PARTS), default="operator")
    usual = ", ".join(f"{name} {part.count}" for name, part in PARTS.items() if part.count > 1)
    parser.add_argument("--samples", type=int, help=f"number of measurements of each ({usual})")
    parser.add_argument(
        "--megabytes",
        type=int,
        default=upload.MEGABYTES,
        help=f"of `upload`: size of each of the four files ({upload.MEGABYTES})",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write everything to this file, as JSON"
    )
    chosen = parser.parse_args(arguments)
    part = PARTS[chosen.part]
    measure = part.measure
    if chosen.part == "upload":
        measure = partial(upload.measure, megabytes=chosen.megabytes)
    rows = measure(chosen.samples or part.count)
    _tell(samples.machine(part.versions), part.header, rows, chosen.json)
    return 0


def _tell(about: dict[str, Any], header: str, rows: Sequence[_Row], file: Path | None) -> None:
    """Print the table, and write everything to the file if there is one."""
    say()
    say(", ".join(f"{key} {value}" for key, value in about.items() if key != "versions"))
    say(", ".join(f"{key} {value}" for key, value in about["versions"].items()))
    say(header)
    for row in rows:
        say(row.line())
    if file:
        when = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        content = {"taken": when, "machine": about, "figures": [row.plain() for row in rows]}
        file.write_text(json.dumps(content, indent=1), encoding="utf-8")
        say(f"written to {file}")


run_main(main)
