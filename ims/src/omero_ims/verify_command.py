"""`ims-verify FILE…`: says what keeps Imaris or Bio-Formats from reading a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from omero_ims.verify import verify


def main(arguments: Sequence[str] | None = None) -> int:
    """Check files; 0 when all are right, 1 when one is not."""
    parser = argparse.ArgumentParser(prog="ims-verify", description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE", help="an Imaris file")
    parser.add_argument(
        "--all-chunks", action=argparse.BooleanOptionalAction,
        help="read every chunk of pixels, or only the first and the last of each channel; without "
        "this, files up to 256 MiB are read whole",
    )  # fmt: skip
    asked = parser.parse_args(arguments)
    bad = 0
    for path in asked.files:
        problems = verify(path, read_all=asked.all_chunks)
        bad += bool(problems)
        sys.stdout.write(f"{path}: {_result(len(problems))}\n")
        sys.stdout.writelines(f"  {problem}\n" for problem in problems)
    return 1 if bad else 0


def _result(number: int) -> str:
    return {0: "ok", 1: "1 problem"}.get(number, f"{number} problems")
