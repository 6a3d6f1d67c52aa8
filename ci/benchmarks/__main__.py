"""`ci/bench`: measure, print a table, write JSON. Exit code 0 whether or not goals were met."""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from benchmarks import (
    omp_jobs,
    omp_parse,
    operator_figures,
    page_calls,
    samples,
    site_figures,
    standin_figures,
)
from omero_ci.console import run_main, say


def main(arguments: list[str]) -> int:
    """Run the chosen benchmarks."""
    parser = argparse.ArgumentParser(
        prog="ci/bench",
        description="Measure the operator, OMERO.web and plugins. No test depends on the figures.",
    )
    parser.add_argument(
        "part",
        nargs="?",
        choices=("operator", "site", "standin", "pages", "omp-parse", "omp-jobs"),
        default="operator",
        help="operator: an API server of its own, no node. site: real pods on the running demo. "
        "standin: the stand-in and OMERO.web as local processes. "
        "pages: OMERO calls of each page of OMERO.web. omp-parse: names per second of the parser. "
        "omp-jobs: jobs on 10 000 images",
    )
    parser.add_argument(
        "--samples",
        type=int,
        help="how many of each (operator 20, site 3, standin 9, omp-parse 15)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there, too")
    chosen = parser.parse_args(arguments)

    if chosen.part == "pages":
        pages = page_calls.measure()
        about = samples.machine(page_calls.VERSIONS)
        _tell(about, page_calls.HEADER, pages, chosen.json)
        return 0
    if chosen.part == "standin":
        figures = standin_figures.measure(chosen.samples or 9)
        _tell(samples.machine(standin_figures.VERSIONS), samples.HEADER, figures, chosen.json)
        return 0
    if chosen.part == "omp-jobs":
        jobs = omp_jobs.measure()
        _tell(samples.machine(omp_jobs.VERSIONS), omp_jobs.HEADER, jobs, chosen.json)
        return 0
    if chosen.part == "omp-parse":
        rates = omp_parse.measure(chosen.samples or 15)
        _tell(samples.machine(omp_parse.VERSIONS), omp_parse.HEADER, rates, chosen.json)
        return 0
    module = operator_figures if chosen.part == "operator" else site_figures
    count = chosen.samples or (20 if chosen.part == "operator" else 3)
    figures = module.measure(count)
    _tell(samples.machine(), samples.HEADER, figures, chosen.json)
    return 0


class _Row(Protocol):
    def line(self) -> str: ...

    def plain(self) -> dict[str, Any]: ...


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
