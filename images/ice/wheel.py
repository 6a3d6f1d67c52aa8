"""Print the path of an Ice wheel for this Python: the one beside this file, or one just built.

The source is PyPI's archive.

Runs as root in a builder stage that is thrown away. `tools/` is a copy of `ci/tools`.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
RECIPE = HERE / "tools" / "ice"
CHANGES = HERE / "tools" / "installer" / "ice_wheel.py"
COMPILER = ("g++", "libc6-dev", "libssl-dev", "libbz2-dev")
# What Python 3.12 needs beside the changes for 3.11: its library lost the module `imp`.
FOR_312 = (
    ("lib/Ice.py", "import sys, string, imp, os,", "import sys, string, types, os,"),
    ("lib/Ice.py", "imp.new_module", "types.ModuleType"),
)  # fmt: skip


def main() -> int:
    """Find or build."""
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
    ready = sorted(HERE.glob(f"zeroc_ice-*-{tag}-{tag}-*.whl"))
    sys.stdout.write(f"{ready[0] if ready else _build()}\n")
    return 0


def _build() -> Path:
    _run("apt-get", "update")
    _run("apt-get", "install", "-y", "--no-install-recommends", *COMPILER)
    work = Path(tempfile.mkdtemp())
    _run(sys.executable, "-m", "venv", str(work / "venv"))
    pip = (str(work / "venv/bin/python"), "-m", "pip", "--disable-pip-version-check")
    _run(*pip, "install", "--require-hashes", "-r", str(RECIPE / "build-requirements.txt"))
    _run(*pip, "download", "--no-deps", "--no-binary", ":all:", "--no-build-isolation",
         "--require-hashes", "-r", str(RECIPE / "requirements.txt"), "-d", str(work))  # fmt: skip
    with tarfile.open(next(work.glob("zeroc*.tar.gz"))) as packed:
        # Debian 12's Python has no extraction filters yet; the archive's hash was checked.
        packed.extractall(work / "source")  # noqa: S202
    source = next((work / "source").iterdir())
    for name, old, new in (*_changes(), *(FOR_312 if sys.version_info >= (3, 12) else ())):
        text = (source / name).read_text(encoding="utf-8")
        if old not in text:
            raise SystemExit(
                f"{name} of the Ice source does not hold {old!r}: the recipe no longer fits"
            )
        (source / name).write_text(text.replace(old, new), encoding="utf-8")
    os.environ["CFLAGS"] = "-O1 -g0"
    _run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(HERE), str(source))
    return next(HERE.glob("zeroc_ice-*.whl"))


def _changes() -> list[tuple[str, str, str]]:
    """The changes for Python 3.11, from the recipe that builds the cached wheel."""
    tree = ast.parse(CHANGES.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "CHANGES":
            changes: list[tuple[str, str, str]] = list(ast.literal_eval(node.value))
            return changes
    raise SystemExit(f"{CHANGES} has no CHANGES")


def _run(*command: str) -> None:
    """Output goes to standard error: standard output is the answer."""
    subprocess.run(command, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
