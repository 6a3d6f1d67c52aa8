"""`make mutants`: makes single changes to the code and lists those that no test notices."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from mutation import report
from mutation.families import FAMILIES, Family
from mutation.mutant import Mutant
from mutation.report import Result
from mutation.runner import Runner
from mutation.tree import Tree
from omero_ci.console import run_main, say
from omero_ci.paths import ROOT
from tools.common.errors import CommandError

EQUIVALENT = Path(__file__).with_name("equivalent.toml")


def main(arguments: list[str]) -> int:
    """Try the mutants that are asked for; 1 when too many of a family survive."""
    asked = _read(arguments)
    folder: Path = asked.results
    chosen, results = _chosen(asked), []
    with tempfile.TemporaryDirectory(prefix="omero-mutants-") as place:
        # PostgreSQL's account has to find its way through.
        Path(place).chmod(0o755)
        runner = Runner(Tree(Path(place)), folder)
        for name, (everything, mutants) in chosen.items():
            result = Result(name, everything)
            results.append(result)
            _try(runner, mutants, result)
            words = _words(asked)
            written = report.write(folder, words, results)
    say(f"\n{report.table(results)}\n\nthe survivors: {written}")
    return 1 if any(one.percent > asked.limit for one in results) else 0


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="ci/mutants", description=__doc__)
    parser.add_argument(
        "only",
        nargs="*",
        metavar="FAMILY | FILE",
        help=f"only these; the families: {', '.join(FAMILIES)}",
    )
    parser.add_argument(
        "--sample",
        type=int,
        default=100,
        metavar="N",
        help="N of each family, drawn at random (100)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=datetime.now(UTC).date().toordinal(),
        metavar="S",
        help="seed of the random choice; a new one each day by default",
    )
    parser.add_argument("--all", action="store_true", help="all of them; takes hours")
    parser.add_argument(
        "--survivors", action="store_true", help="only those that survived the last run"
    )
    parser.add_argument(
        "--limit",
        type=float,
        default=5,
        metavar="PERCENT",
        help="how many of a family may survive (5)",
    )
    parser.add_argument(
        "--results",
        # The tests run in another directory.
        type=lambda text: Path(text).resolve(),
        default=ROOT / ".artifacts" / "mutants",
        metavar="FOLDER",
        help="folder of the report and the last survivors (.artifacts/mutants)",
    )
    return parser.parse_args(arguments)


def _words(asked: argparse.Namespace) -> str:
    """How a run was asked for."""
    if asked.survivors:
        what = "Those that survived the run before"
    else:
        what = (
            "All" if asked.all else f"A sample of {asked.sample} of each family, seed {asked.seed}"
        )
    return f"{what}. At most {asked.limit:g} % of a family may survive."


def _chosen(asked: argparse.Namespace) -> dict[str, tuple[int, list[Mutant]]]:
    """Family → the number of its mutants, and those to try."""
    wanted = {(ROOT / one).resolve() for one in asked.only if one not in FAMILIES}
    known = {path for family in FAMILIES.values() for path in family.paths()}
    if unknown := sorted(map(str, wanted - known)):
        raise CommandError(f"neither a family nor a file of a family: {', '.join(unknown)}")
    last = report.last_survivors(asked.results) if asked.survivors else None
    equivalent, chosen = _equivalent(), {}
    for name, family in FAMILIES.items():
        paths = [
            path
            for path in family.paths()
            if not asked.only or name in asked.only or path in wanted
        ]
        if last is not None:
            # The others need not be made.
            paths = [
                path for path in paths if str(path.relative_to(ROOT)) in {one for one, _ in last}
            ]
        made = list(_made(name, family, paths))
        _check(equivalent, made)
        mutants = [one for one in made if one.key not in equivalent]
        everything = len(mutants)
        if last is not None:
            mutants = [one for one in mutants if one.key in last]
        elif not asked.all and asked.sample < everything:
            mutants = random.Random(asked.seed).sample(mutants, asked.sample)  # noqa: S311
        if mutants:
            chosen[name] = (everything, mutants)
    if not chosen:
        raise CommandError("there is no mutant to try")
    return chosen


def _made(name: str, family: Family, paths: Iterable[Path]) -> Iterable[Mutant]:
    for path in paths:
        source = path.read_text(encoding="utf-8")
        yield from family.make(name, str(path.relative_to(ROOT)), source)


def _equivalent() -> set[tuple[str, str]]:
    """The mutants that no test can notice, as people have listed them."""
    listed = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("mutant", [])
    if silent := [one["path"] for one in listed if not one["reason"].strip()]:
        raise CommandError(f"{EQUIVALENT.name}: no reason is given for a mutant of {silent[0]}")
    return {(one["path"], one["diff"].strip()) for one in listed}


def _check(equivalent: set[tuple[str, str]], made: list[Mutant]) -> None:
    """Refuse an entry whose mutant is not made any more: the code below it has changed."""
    there = {one.key for one in made}
    files = {path for path, _ in there}
    if stale := sorted(key for key in equivalent - there if key[0] in files):
        path, diff = stale[0]
        raise CommandError(
            f"{EQUIVALENT.name}: {path} no longer has this mutant; delete the entry:\n{diff}"
        )


def _try(runner: Runner, mutants: list[Mutant], result: Result) -> None:
    say(f"\n{result.family}: {len(mutants)} of {result.all} mutants")
    began = time.monotonic()
    for number, mutant in enumerate(mutants, 1):
        why = runner.survives(mutant)
        result.tried, result.seconds = number, time.monotonic() - began
        if why:
            result.survivors.append((mutant, why))
            say(f"\n{mutant.path}:{mutant.line}: survived, {why}\n{mutant.diff}")
        elif number % 25 == 0:
            say(f"{number} tried, {len(result.survivors)} survived")


if __name__ == "__main__":
    import sys

    run_main(lambda _: main(sys.argv[1:]))
