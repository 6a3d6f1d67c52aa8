"""`ci/bench`: measure, print a table, write JSON. Exit code 0 whether or not goals were met."""

from __future__ import annotations

import argparse
import datetime
import json
from pathlib import Path

from benchmarks import operator_figures, samples, site_figures
from omero_ci.console import run_main, say


def main(arguments: list[str]) -> int:
    """Run the chosen benchmarks."""
    parser = argparse.ArgumentParser(
        prog="ci/bench",
        description="Measure the operator. Figures are for reading; no test depends on them.",
    )
    parser.add_argument(
        "part",
        nargs="?",
        choices=("operator", "site"),
        default="operator",
        help="operator: an API server of its own, no node. site: real pods on the running demo",
    )
    parser.add_argument("--samples", type=int, help="how many of each (operator 20, site 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there, too")
    chosen = parser.parse_args(arguments)

    module = operator_figures if chosen.part == "operator" else site_figures
    count = chosen.samples or (20 if chosen.part == "operator" else 3)
    figures = module.measure(count)
    about = samples.machine()
    say()
    say(", ".join(f"{key} {value}" for key, value in about.items() if key != "versions"))
    say(", ".join(f"{key} {value}" for key, value in about["versions"].items()))
    say(samples.HEADER)
    for figure in figures:
        say(figure.line())
    if chosen.json:
        when = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        content = {"taken": when, "machine": about, "figures": [f.plain() for f in figures]}
        chosen.json.write_text(json.dumps(content, indent=1), encoding="utf-8")
        say(f"written to {chosen.json}")
    return 0


run_main(main)
