"""The command `omp-parse`: names of files in, variables out."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, TextIO

from omeroweb_omp_plugin.parsing import figures, separators, table
from omeroweb_omp_plugin.parsing.detection import detect, settings_from
from omeroweb_omp_plugin.parsing.errors import PatternRefused, RulesInvalid
from omeroweb_omp_plugin.parsing.models import Detected, ParserSettings
from omeroweb_omp_plugin.parsing.parser import Parser, compile_parser
from omeroweb_omp_plugin.parsing.rules import load_rules

_HELP: Final = """\
Reads one name per line, from the files or, for `-` or without files, from standard input. Empty
lines are skipped. --mode detect keeps all names in memory, the other modes only a few at a time.

exit codes:
  0   every name was read (names that do not fit the pattern have warnings)
  1   a file could not be read, or the output could not be written
  2   wrong usage, an invalid pattern or an invalid rule file

examples:
  ls | omp-parse -
  omp-parse --mode separators --pattern _- --names Sample,Replicate,Well names.txt
  omp-parse --check tests/data/omp_names/published.json
  omp-parse --mode regex --pattern '(?P<Well>[A-H]\\d\\d)_s(?P<Site>\\d+)' --json names.txt
"""
_STOPPED: Final = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the result is its exit code."""
    parser = _arguments()
    chosen = parser.parse_args(arguments)
    if chosen.mode == "detect" and chosen.pattern is not None:
        parser.error("--pattern needs --mode separators or --mode regex")
    if chosen.mode != "detect" and chosen.pattern is None:
        parser.error(f"--mode {chosen.mode} needs --pattern")
    if chosen.check and (chosen.mode != "detect" or chosen.files):
        parser.error("--check needs neither --mode nor files")
    # Names of files may be any bytes. What is no UTF-8 is written as an escape, in JSON too.
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")  # type: ignore[union-attr]
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        if chosen.check:
            _check(chosen)
        else:
            _run(chosen)
        sys.stdout.flush()
    except (PatternRefused, RulesInvalid) as problem:
        sys.stderr.write(f"omp-parse: {problem}\n")
        return 2
    except BrokenPipeError:
        # The reader has enough, as `head` has. Nothing more may be written, not even at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as problem:
        sys.stderr.write(f"omp-parse: {problem}\n")
        return 1
    except KeyboardInterrupt:
        return _STOPPED
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="omp-parse",
        description="Read variables from the names of image files.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--mode",
        choices=("detect", "separators", "regex"),
        default="detect",
        help="detect (default): find the separators in all names; separators: P is the list of "
        "separators; regex: P is a regular expression of RE2, either with named groups or to split "
        "at",
    )
    parser.add_argument("--pattern", metavar="P", help="see --mode; _-{ec,sa} also names labels")
    parser.add_argument(
        "--names", metavar="A,B,…", default="", help="names of the variables, in order"
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print a line of JSON for what was detected and one for each name",
    )
    parser.add_argument(
        "--rules", metavar="FILE", type=Path, help="a site's own nomenclature (TOML)"
    )
    parser.add_argument(
        "--check",
        metavar="FILE",
        type=Path,
        help="a JSON file of sets of names with the values expected from one of each; print how "
        "many of them are found",
    )
    parser.add_argument(
        "files", metavar="FILE", nargs="*", help="file with one name per line; - is standard input"
    )
    return parser


def _check(chosen: argparse.Namespace) -> None:
    rules = load_rules(chosen.rules)
    figures.write(figures.measure(figures.read_sets(chosen.check), rules), sys.stdout)


def _run(chosen: argparse.Namespace) -> None:
    rules = load_rules(chosen.rules)
    variables = tuple(chosen.names.split(",")) if chosen.names else ()
    names: Iterable[str] = _names(chosen.files or ["-"])
    if chosen.mode == "detect":
        names = list(names)
        detected = detect(names, rules)
        parser = compile_parser(settings_from(detected, variables), rules)
    else:
        settings = ParserSettings(chosen.mode, chosen.pattern, variables)
        parser = compile_parser(settings, rules)
        detected = _given(settings)
    if chosen.json:
        _write_json(detected, parser, names, sys.stdout)
    else:
        table.write(detected, parser.parse_all(names), sys.stdout)


def _names(files: Sequence[str]) -> Iterator[str]:
    for file in files:
        if file == "-":
            yield from _lines(sys.stdin)
        else:
            path = Path(file)
            with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
                yield from _lines(stream)


def _lines(stream: Iterable[str]) -> Iterator[str]:
    return (name for line in stream if (name := line.rstrip("\r\n")))


def _given(settings: ParserSettings) -> Detected:
    """What the user said, in the form of what would have been detected."""
    signs: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    if settings.mode == "separators":
        written, columns = separators.read(settings.pattern)
        signs, labels = tuple(written), tuple(filter(None, columns))
    return Detected(settings.pattern, signs, labels, settings.names, 1.0)


def _write_json(detected: Detected, parser: Parser, names: Iterable[str], output: TextIO) -> None:
    told = dataclasses.asdict(detected)
    del told["names"]
    encode = json.JSONEncoder(ensure_ascii=False).encode
    output.write(encode({"detected": told}) + "\n")
    output.writelines(encode(parsed._asdict()) + "\n" for parsed in parser.parse_all(names))
