"""`ci/dashboards`: writes or checks the dashboards, or asks a Prometheus all their queries."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard_build import catalogue, pages_of_docs, report
from omero_ci.console import run_main, say
from omero_ci.paths import ROOT
from tools.common.errors import CommandError


def main(arguments: list[str]) -> int:
    """Write the files; with `--check` fail when one of them is not up to date; or report."""
    asked = _parser().parse_args(arguments)
    return _report(asked) if asked.action == "report" else _write(check=asked.check)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ci/dashboards", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    actions = parser.add_subparsers(dest="action", metavar="report")
    asking = actions.add_parser("report", help="ask a Prometheus each query, print which have data")
    asking.add_argument("--url", required=True, help="address of Prometheus")
    asking.add_argument("--namespace", default=".*", help="of the site; a regular expression")
    asking.add_argument("--instance", default=".*", help="its name; a regular expression")
    asking.add_argument("--all", action="store_true", help="exit with 1 if a query returns nothing")
    return parser


def _report(asked: argparse.Namespace) -> int:
    answers = report.ask(asked.url, asked.namespace, asked.instance)
    say(report.table(answers))
    return int(asked.all and any(report.is_nothing(answer) for answer in answers))


def _write(*, check: bool) -> int:
    wanted = catalogue.files()
    differing = catalogue.stale()
    names = [str(path.relative_to(ROOT)) for path in differing]
    if check and names:
        raise CommandError(f"not what ci/dashboards writes (run it): {', '.join(names)}")
    for path in differing:
        _put(path, wanted.get(path))
    say(f"{len(wanted)} dashboards, {len(names)} changed")
    page = pages_of_docs.PAGE
    if page.read_text(encoding="utf-8") != (text := pages_of_docs.text()):
        if check:
            raise CommandError(f"not what ci/dashboards writes (run it): {page.relative_to(ROOT)}")
        page.write_text(text, encoding="utf-8")
    return 0


def _put(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run_main(main)
