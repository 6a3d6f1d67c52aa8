"""`ci/test`: the test rings, a table at the end, a true exit code."""

from __future__ import annotations

import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress

from local_cluster.checks import check_no_other_node
from omero_ci import clients_environment, environment, ring
from omero_ci.console import duration, say
from omero_ci.paths import ROOT
from omero_ci.processes import Processes, Stopped
from omero_ci.ring import Outcome, Run
from tools.common.errors import Refusal

# Lanes beside each other: the rings with clusters wait for half of their time, which the other lane
# uses. Two at a time are enough for two cores; with more, everything is late, and tests fail of it.
LANES = (("lint", "unit", "contract", "charts", "operator"), ("e2e", "plugins", "standin"))
RINGS = tuple(name for lane in LANES for name in lane)
# These need no built program, so they run on any machine within seconds.
NEEDS_NO_TOOLS = frozenset({"unit"})


class _Terminated(KeyboardInterrupt):
    """SIGTERM: unlike Ctrl-C on a terminal, only this process got it."""


def main(arguments: list[str]) -> int:
    """Run the named rings, or all of them; a ring that fails does not hide the others."""
    names, options = _split(arguments)
    chosen = names or list(RINGS)
    if unknown := [name for name in chosen if name not in RINGS]:
        raise Refusal(f"no such ring: {', '.join(unknown)}. The rings: {', '.join(RINGS)}")
    if "e2e" in chosen:
        # Now, and not after minutes.
        check_no_other_node(ring.CLUSTERS["e2e"])
    if not set(chosen) <= NEEDS_NO_TOOLS:
        _run_or_refuse([str(ROOT / "ci" / "tools" / "install")], "the tools could not be installed")
    environment.main([])
    if "standin" in chosen:
        # Now, because that ring's network has no way to a registry.
        clients_environment.python()
    signal.signal(signal.SIGTERM, _terminate)
    # A shell's background job starts with Ctrl-C ignored, and pytest would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    began = time.monotonic()
    wanted = [[name for name in lane if name in chosen] for lane in LANES]
    outcomes = _run_lanes([lane for lane in wanted if lane], options)
    _print_summary(outcomes, time.monotonic() - began)
    return 0 if all(outcome.good for outcome in outcomes) else 1


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Ring names, then `--`, then options that pytest gets as they are."""
    if "--" not in arguments:
        return arguments, []
    cut = arguments.index("--")
    return arguments[:cut], arguments[cut + 1 :]


def _terminate(*_: object) -> None:
    raise _Terminated


def _run_lanes(lanes: list[list[str]], options: list[str]) -> list[Outcome]:
    """Run the lanes beside each other; an interrupt ends them all, in order."""
    how = Run(Processes(), options, beside_others=len(lanes) > 1)
    with ThreadPoolExecutor(len(lanes)) as pool:
        running = [pool.submit(_run_lane, lane, how) for lane in lanes]
        try:
            for one in as_completed(running):
                one.result()
        except BaseException as reason:
            # After Ctrl-C they know already.
            how.processes.stop(tell=type(reason) is not KeyboardInterrupt)
            raise
    return [outcome for one in running for outcome in one.result()]


def _run_lane(lane: list[str], how: Run) -> list[Outcome]:
    outcomes = []
    with suppress(Stopped):
        for name in lane:
            outcomes.append(ring.run(name, how))
    return outcomes


def _run_or_refuse(command: list[str], problem: str) -> None:
    if subprocess.run(command, cwd=ROOT).returncode:
        raise Refusal(f"{problem}: `{' '.join(command)}` says above what is missing")


def _print_summary(outcomes: list[Outcome], seconds: float) -> None:
    say("\n" + "=" * 77)
    say(f"{'ring':<10} {'passed':>7} {'failed':>7} {'skipped':>8} {'time':>14}")
    for outcome in outcomes:
        counts = f"{outcome.passed:>7} {outcome.failed:>7} {outcome.skipped:>8}"
        mark = "" if outcome.good else f"   <- {outcome.note or 'failed'}"
        say(f"{outcome.ring:<10} {counts} {duration(outcome.seconds):>14}{mark}")
    say(f"{'all':<10} {'':>24} {duration(seconds):>14}\n")
    for outcome in outcomes:
        for problem in outcome.problems:
            say(f"{outcome.ring}: {problem}")
    # A ring that broke without a counted failure counts as one: the last line must not look green.
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed or (not outcome.good) for outcome in outcomes)
    say(f"{passed} passed, {failed} failed")
