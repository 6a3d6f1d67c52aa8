"""Installing LogQL's grammar, an npm package, with which the dashboards' queries are checked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tools.common.commands import run_logged
from tools.common.paths import cache_folder, logs_folder

from .go_tools import TOOLS_FOLDER

PACKAGE = "@grafana/lezer-logql"
RECIPE = TOOLS_FOLDER / "logql"


def version() -> str:
    """Return the version that ``package.json`` pins."""
    pinned = json.loads((RECIPE / "package.json").read_text(encoding="utf-8"))
    return str(pinned["dependencies"][PACKAGE])


def source_files() -> list[Path]:
    """Return the files that decide what is installed, for its stamp."""
    return [RECIPE / "package.json", RECIPE / "package-lock.json"]


def folder() -> Path:
    """Return where the package is installed; ``check.mjs`` takes it as its argument."""
    return cache_folder() / "logql"


def outputs() -> list[Path]:
    """Return a file of each package."""
    names = (PACKAGE, "@lezer/lr", "@lezer/common")
    return [folder() / "node_modules" / name / "package.json" for name in names]


def install() -> None:
    """Install what the lock file pins; nothing in the packages is run."""
    log = logs_folder() / "logql.log"
    log.unlink(missing_ok=True)
    shutil.rmtree(folder(), ignore_errors=True)
    folder().mkdir(parents=True)
    for path in source_files():
        shutil.copy(path, folder())
    options = ["--ignore-scripts", "--no-audit", "--no-fund"]
    run_logged(["npm", "ci", *options, "--prefix", folder()], log)
