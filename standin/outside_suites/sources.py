"""The tests of a suite, from its repository into the cache: never changed, never committed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from outside_suites.suites import Suite

# A folder of bare repositories named `owner+name`, for machines that do not reach GitHub.
MIRRORS: Final = "OUTSIDE_SUITES_MIRRORS"
GITHUB: Final = "https://github.com"
_SECONDS: Final = 600


class NotToBeHad(Exception):
    """The sources could not be had; the message says what was tried."""


def checked_out(suite: Suite, cache: Path) -> Path:
    """The folder with a suite's tests, fetched when it is not there yet.

    Args:
        suite: whose tests.
        cache: the folder below which all suites are kept.

    Raises:
        NotToBeHad: no place has this revision; the message names each and what git said.
    """
    folder = cache / f"{suite.repository.replace('/', '+')}-{suite.revision[:12]}-{suite.name}"
    done = folder / ".complete"
    wanted = "\n".join((suite.revision, *suite.paths))
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tried = []
    for place in places(suite):
        problem = _take(suite, place, folder)
        if problem is None:
            shutil.rmtree(folder / ".git")
            done.write_text(wanted, encoding="utf-8")
            return folder
        tried.append(f"{place}: {problem}")
    shutil.rmtree(folder)
    raise NotToBeHad("; ".join(tried))


def places(suite: Suite) -> list[str]:
    """Where a repository is looked for, in this order."""
    found = []
    mirrors = os.environ.get(MIRRORS)
    if mirrors:
        mirror = Path(mirrors) / suite.repository.replace("/", "+")
        # A mirror may hold the git directory itself or one called `repo`.
        found += [str(each) for each in (mirror, mirror / "repo") if (each / "HEAD").is_file()]
    return [*found, f"{GITHUB}/{suite.repository}"]


def _take(suite: Suite, place: str, folder: Path) -> str | None:
    """Fetch one revision from one place; what git said when it failed."""
    steps = (
        ["init", "--quiet"],
        ["fetch", "--quiet", "--depth", "1", "--no-tags", place, suite.revision],
        ["checkout", "--quiet", "FETCH_HEAD", "--", *suite.paths],
    )
    # No question for a name and password, no settings of this user.
    variables = os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": os.devnull}
    for arguments in steps:
        try:
            ended = subprocess.run(
                ["git", *arguments],
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        if ended.returncode:
            return ended.stderr.strip().splitlines()[-1] if ended.stderr.strip() else "git failed"
    return None
