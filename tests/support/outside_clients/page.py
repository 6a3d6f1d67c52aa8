"""`ci/standin-page`: writes docs/standin.md from the tables of what is tried and answered."""

from __future__ import annotations

from typing import Final

import omero_standin.generated  # noqa: F401 - before Ice
from omero_ci.paths import ROOT
from outside_clients import tried

from omero_standin import supported  # isort: skip

PAGE: Final = ROOT / "docs" / "standin.md"
_HEAD: Final = """\
# What the OMERO stand-in can do

Written by `ci/standin-page`. What the stand-in is: [its README](../standin/README.md).

## Clients that nobody here wrote

Each row is tested by `ci/test standin`. The clients are unmodified and as they install from
PyPI (`requirements/clients.txt`).

| client | tried | result | known difference from the real server |
| --- | --- | --- | --- |
"""
_CALLS: Final = """
## Calls

`omero-standin --services` prints this. A refused call is an `ApiUsageException` that names the
call, a refused command an `ERR`. An answered call may still refuse some of its arguments.

"""


def text() -> str:
    """The page: a row that is not as it says fails its test."""
    return _HEAD + "".join(map(_row, tried.ALL)) + _CALLS + supported.markdown()


def _row(row: tried.Tried) -> str:
    result = "differs" if row.difference else "works"
    says = row.difference.says if row.difference else ""
    what = f"{row.what} ([tests](../{row.file}))" if row.file else row.what
    return f"| {row.client} {tried.version(row.client)} | {what} | {result} | {says} |\n"


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
