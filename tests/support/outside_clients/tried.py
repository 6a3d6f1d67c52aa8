"""What is tried of each client, and what is known to differ from the real server.

The page docs/standin.md has this table (page.py). A difference is listed with
what shows it: when the client no longer fails in that way, its test fails, and the entry goes.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from omero_ci.paths import ROOT


@dataclass(frozen=True)
class Difference:
    """How a client fails here where the real server serves it."""

    says: str
    shows: str  # a regular expression, found in how the check fails


@dataclass(frozen=True)
class Tried:
    """One row: either `check` names a test's own check, or `file` a file of tests that all pass."""

    client: str
    what: str
    difference: Difference | None = None
    file: str = ""


EZOMERO_CHECKS: Final = Path(__file__).with_name("ezomero_checks.py")
EZOMERO_DIFFERS: Final[dict[str, Difference]] = {}


def ezomero_functions() -> list[str]:
    """The functions that have a check: the public ones of the module, from its source."""
    nodes = ast.parse(EZOMERO_CHECKS.read_text()).body
    functions = [each.name for each in nodes if isinstance(each, ast.FunctionDef)]
    return [name for name in functions if name not in ("run", "main") and name[0] != "_"]


EARLIER: Final = (
    Tried("omero-web", "login, tree, JSON API", file="standin/tests/test_web.py"),
    Tried("omero-web", "pages on the demo", file="standin/tests/test_web_demo.py"),
    Tried("omero-py", "the `omero` command line", file="standin/tests/test_cli.py"),
    Tried("omero-py", "gateway: login, accounts", file="standin/tests/test_gateway.py"),
    Tried("omero-py", "gateway: pixels", file="standin/tests/test_pixels.py"),
    Tried("omero-py", "gateway: files", file="standin/tests/test_files.py"),
    Tried("omero-py", "tables", file="standin/tests/test_tables.py"),
)
COMMANDS: Final = (
    Tried("omero-metadata", "`populate` from CSV, and the rows of its table"),
    Tried("omero-metadata", "`populate --context bulkmap` and `deletemap`"),
    Tried("omero-metadata", "`summary` of an image and of a dataset"),
    Tried("omero-metadata", "`bulkanns`, `deletebulkanns`"),
    Tried("omero-metadata", "`allanns`, `mapanns`, `measures`, `original`, `rois`, `pixelsize`"),
    Tried("omero-rdf", "export as N-Triples, Turtle, JSON-LD and RO-Crate"),
    Tried("omero-cli-transfer", "`pack` of a project with its files, as tar and as zip"),
    Tried("omero-cli-transfer", "`unpack`"),
    Tried("omero-upload", "upload, and with `--wrap` and `--namespace`"),
    Tried("omero-cli-render", "`info`, `get`, `test`"),
    Tried("omero-cli-render", "`set` and `copy`"),
)
EZOMERO: Final = tuple(
    Tried("ezomero", f"`{name}`", EZOMERO_DIFFERS.get(name)) for name in ezomero_functions()
)
ALL: Final = (*COMMANDS, *EZOMERO, *EARLIER)


def version(client: str) -> str:
    """The version of a client in the lock files."""
    lock = "web" if client == "omero-web" else "clients"
    text = (ROOT / "requirements" / f"{lock}.txt").read_text()
    found = re.search(rf"^{re.escape(client)}(?:\[[^]]*\])?==([^ ;\\]+)", text, re.MULTILINE)
    if found is None:
        raise LookupError(f"{client} is not in requirements/{lock}.txt")
    return found.group(1)
