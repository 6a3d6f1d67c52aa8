"""`ci/dashboards`: writes or checks the dashboards, or asks a Prometheus all their queries."""

from __future__ import annotations

import argparse

from dashboard_build import catalogue
from omero_ci.console import run_main, say
from omero_ci.paths import ROOT
from tools.common.errors import CommandError


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` fail when one of them is not up to date."""
    parser = argparse.ArgumentParser(prog="ci/dashboards", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    asked = parser.parse_args(arguments)
    differing = catalogue.stale()
    names = [str(path.relative_to(ROOT)) for path in differing]
    if asked.check and names:
        raise CommandError(f"not what ci/dashboards writes (run it): {', '.join(names)}")
    wanted = catalogue.files()
    for path in differing:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    say(f"{len(wanted)} dashboards, {len(names)} changed")
    return 0


if __name__ == "__main__":
    run_main(main)
