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

`ci/standin-page` generates this page. [The README](../standin/README.md) describes the stand-in.

## Tested third-party clients

`ci/test standin` tests each row. The clients are unmodified and installed from
PyPI (`requirements/clients.txt`).

| client | tested | result | known difference from the real server |
| --- | --- | --- | --- |
"""
_CALLS: Final = """
## Calls

`omero-standin --services` prints this list. An unsupported call fails with an `ApiUsageException`
naming the call, an unsupported command with an `ERR`. A supported call may still reject some
arguments.

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
