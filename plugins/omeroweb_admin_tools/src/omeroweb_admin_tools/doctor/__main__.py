"""`python -m omeroweb_admin_tools.doctor`: checks a running site from inside one of its pods.

    kubectl exec deploy/NAME-worker -- python -W ignore -m omeroweb_admin_tools.doctor

It asks only servers that the pod's settings name, and changes nothing. The exit code is 0 when
nothing failed, 1 when a check failed, 2 when the command or its settings cannot be used.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Sequence

from omero_plugin_common.env_utils import EnvironmentProblem
from omeroweb_admin_tools.doctor import catalogue, run, table
from omeroweb_admin_tools.doctor.model import Check, Outcome, Result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the checks, and print each as it ends."""
    options = _options(arguments)
    # What libraries log is in a pod's log; here it would be between the lines.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        checks = catalogue.chosen(catalogue.checks(), options.check)
    except EnvironmentProblem as error:
        return _unusable(str(error))
    except LookupError as error:
        return _unusable(f"no check is called {error.args[0]!r}; --list shows their names")
    if options.list:
        for check in checks:
            _say(f"{check.name:<22}{check.proves}")
        return 0
    results = _run(checks, as_json=options.json)
    return 1 if any(each.found.outcome is Outcome.FAILED for each in results) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m omeroweb_admin_tools.doctor",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "check", nargs="*", help="names, or what they begin with, such as redis; all without one"
    )
    parser.add_argument("--list", action="store_true", help="show the checks and run none")
    parser.add_argument("--json", action="store_true", help="print a line of JSON for each check")
    return parser.parse_args(arguments)


def _run(checks: Sequence[Check], *, as_json: bool) -> list[Result]:
    began, results = time.monotonic(), []
    for result in run.run(checks):
        results.append(result)
        if as_json:
            _say(json.dumps(result.as_json()))
            continue
        for line in table.lines(result):
            _say(line)
    if not as_json:
        _say(table.summary(results, time.monotonic() - began))
    return results


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _unusable(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 2


if __name__ == "__main__":
    CODE = main()
    sys.stdout.flush()
    # A check that hangs in a library would hold the end of the process.
    os._exit(CODE)
