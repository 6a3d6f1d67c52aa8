"""uv, which fills virtual environments: what it once unpacked it only links the next time."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from omero_ci.paths import ROOT, VENV_BIN
from tools.common.commands import output_of
from tools.common.errors import CommandError
from tools.common.paths import cache_folder


def bring_uv(lock: Path) -> None:
    """Install uv into `.venv` with the pip that is there, in the version and hashes of a lock."""
    found = re.search(
        r"^uv==.*?(?=^\S)", lock.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    if not found:
        raise CommandError(f"{lock.relative_to(ROOT)} does not name uv: run `make lock`")
    pip = [str(VENV_BIN / "python"), "-m", "pip", "install", "--quiet"]
    _run([*pip, "--require-hashes", "--no-deps", "-r", "/dev/stdin"], found[0])


def install(environment: Path, *arguments: str | Path) -> None:
    """Install into a virtual environment, as `uv pip install` with these arguments.

    Raises:
        CommandError: uv failed; it said above why.
    """
    into: list[str | Path] = [
        "--cache-dir",
        cache_folder() / "uv",
        "--python",
        environment / "bin" / "python",
    ]
    # A registry behind a company's certificate is trusted as pip trusts it.
    options = ["--quiet", "--system-certs", "--no-deps"]
    _run([VENV_BIN / "uv", "pip", "install", *options, *into, *arguments])


def _run(command: Sequence[str | Path], text: str = "") -> None:
    calm = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    try:
        output_of(command, text, environment=os.environ | calm, folder=ROOT, captured=False)
    except CommandError as error:
        raise CommandError(
            f"{error}. If no registry was reached: check the network; a mirror is named in pip's "
            "configuration and in UV_DEFAULT_INDEX. If a hash differs: run `make lock` and check "
            "what changed."
        ) from error
