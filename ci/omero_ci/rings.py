"""`ci/test`: the test rings, a table at the end, a true exit code."""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace

from local_cluster.preflight import check_no_other_node
from omero_ci import clients_environment, environment, ring, since
from omero_ci.console import duration, say
from omero_ci.paths import ROOT
from omero_ci.ring import Outcome, Run
from omero_ci.supervisor import Group
from tools.common.commands import output_of, run
from tools.common.errors import CommandError

# They begin in this order, two at a time: enough for two cores; with more, everything is late, and
# tests fail of it. The rings with clusters wait for half of their time, which the other one uses;
# `plugins` with its four browsers uses all that there is, and comes last.
RINGS = ("e2e", "lint", "unit", "contract", "charts", "operator", "standin", "plugins")
AT_ONCE = 2
# These need no built program, so they run on any machine within seconds.
NEEDS_NO_TOOLS = frozenset({"unit"})


class _Terminated(KeyboardInterrupt):
    """SIGTERM: unlike Ctrl-C on a terminal, only this process got it."""


def main(arguments: list[str]) -> int:
    """Run the named rings, or all of them; a ring that fails does not hide the others."""
    asked, options = _read(arguments)
    chosen = _chosen(asked)
    if asked.list or not chosen:
        return 0
    if "e2e" in chosen:
        # Now, and not after minutes.
        check_no_other_node(ring.CLUSTERS["e2e"])
    claims = [ring.claim(name) for name in chosen if name in ring.CLUSTERS]
    if not set(chosen) <= NEEDS_NO_TOOLS:
        also = ["--nightly"] if asked.nightly else []
        output_of([ROOT / "ci" / "tools" / "install", *also], captured=False)
    environment.main([])
    if "standin" in chosen:
        # Now, because that ring's network has no way to a registry.
        clients_environment.python()
    signal.signal(signal.SIGTERM, _terminate)
    # A shell's background job starts with Ctrl-C ignored, and pytest would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    began = time.monotonic()
    how = Run(Group(), options, tests=chosen, nightly=asked.nightly)
    outcomes = _run_rings(chosen, how)
    _print_summary(outcomes, time.monotonic() - began)
    suites = _run_outside_suites() if asked.nightly and not asked.rings else True
    for claim in claims:
        claim.close()
    return 0 if suites and all(outcome.good for outcome in outcomes) else 1


def _read(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """What is asked for, and after `--` the options that pytest gets as they are."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    parser = argparse.ArgumentParser(
        prog="ci/test",
        usage="ci/test [RING ... | --since REV] [--nightly] [--list] [-- OPTIONS OF PYTEST]",
        description="Run rings of tests; all of them when none is named.",
        epilog="Rings: " + ", ".join(RINGS) + ".\n\n" + since.table(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("rings", nargs="*", metavar="RING", help="run this ring")
    parser.add_argument(
        "--since",
        metavar="REV",
        help="run the tests that can fail because of the files changed since the branch left REV, "
        "including changes that are not committed; the table is below",
    )
    parser.add_argument(
        "--nightly", action="store_true", help="run the tests marked `nightly`, and no others"
    )
    parser.add_argument(
        "--list", action="store_true", help="print what would run and why, and run nothing"
    )
    return parser.parse_args(arguments[:cut]), arguments[cut + 1 :]


def _chosen(asked: argparse.Namespace) -> dict[str, list[str]]:
    """Ring → paths of the tests that run of it, said to the person where it was chosen for them."""
    if unknown := [name for name in asked.rings if name not in RINGS]:
        raise CommandError(f"no such ring: {', '.join(unknown)}. The rings: {', '.join(RINGS)}")
    if asked.since is None:
        wanted = asked.rings or RINGS
        chosen = {name: [ring.folder_of(name)] for name in RINGS if name in wanted}
    elif asked.rings:
        raise CommandError("give either rings or --since REV")
    else:
        changed = since.changed_since(asked.since)
        found = since.choose(changed, RINGS)
        say(f"{len(changed)} files differ from where this branch left {asked.since}")
        for name, choice in found.items():
            say(f"  {name:<9} {choice.what(name)}\n            because of {choice.why()}")
        chosen = {name: choice.tests for name, choice in found.items()}
    if asked.nightly:
        chosen = {name: tests for name, tests in chosen.items() if ring.has_nightly_tests(name)}
    if asked.list and asked.since is None:
        say("\n".join(chosen))
    return chosen


def _terminate(*_: object) -> None:
    raise _Terminated


def _run_rings(names: Collection[str], how: Run) -> list[Outcome]:
    """Run rings beside each other; an interrupt ends them all, in order."""
    how = replace(how, beside_others=len(names) > 1)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = {name: pool.submit(ring.run, name, how) for name in RINGS if name in names}
        try:
            for one in as_completed(running.values()):
                one.result()
        except BaseException as reason:
            pool.shutdown(wait=False, cancel_futures=True)
            # After Ctrl-C they know already.
            how.group.stop(tell=type(reason) is not KeyboardInterrupt)
            raise
    return [running[name].result() for name in RINGS if name in running]


def _run_outside_suites() -> bool:
    """The tests of other OMERO clients, which say themselves how they went."""
    return run([ROOT / "ci" / "outside-suites"], captured=False).returncode == 0


def _print_summary(outcomes: list[Outcome], seconds: float) -> None:
    say("\n" + "=" * 77)
    say(f"{'ring':<10} {'passed':>7} {'failed':>7} {'skipped':>8} {'time':>14}")
    for outcome in outcomes:
        counts = f"{outcome.passed:>7} {outcome.failed:>7} {outcome.skipped:>8}"
        mark = "" if outcome.good and not outcome.note else f"   <- {outcome.note or 'failed'}"
        say(f"{outcome.ring:<10} {counts} {duration(outcome.seconds):>14}{mark}")
    say(f"{'all':<10} {'':>24} {duration(seconds):>14}\n")
    for outcome in outcomes:
        for problem in outcome.problems:
            say(f"{outcome.ring}: {problem}")
    # A ring that broke without a counted failure counts as one: the last line must not look green.
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed or (not outcome.good) for outcome in outcomes)
    say(f"{passed} passed, {failed} failed")
