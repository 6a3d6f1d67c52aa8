"""The tests of a suite, from its repository into the cache: never changed, never committed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

from outside_suites.suites import Suite

# A folder of bare repositories named `owner+name`, for machines that do not reach GitHub.
MIRRORS: Final = "OUTSIDE_SUITES_MIRRORS"
GITHUB: Final = "https://github.com"
_SECONDS: Final = 600
_ANSWER_SECONDS: Final = 20


class NotToBeHad(Exception):
    """The sources could not be had; the message says what was tried."""


class Unreachable(NotToBeHad):
    """No place with this repository can be reached from this machine, and none ever was."""


def checked_out(suite: Suite, cache: Path) -> Path:
    """The folder with a suite's tests, fetched when it is not there yet.

    Args:
        suite: whose tests.
        cache: the folder below which all suites are kept.

    Raises:
        Unreachable: there is no mirror of the repository, GitHub does not answer, and no revision
            of it was fetched before.
        NotToBeHad: a place was reached and does not have this revision, or a repository that could
            be had before cannot be had any more; the message names each and what git said.
    """
    owner_and_name = suite.repository.replace("/", "+")
    had_before = any(cache.glob(f"{owner_and_name}-*-{suite.name}"))
    folder = cache / f"{owner_and_name}-{suite.revision[:12]}-{suite.name}"
    done = folder / ".complete"
    cache.mkdir(parents=True, exist_ok=True)
    wanted = "\n".join((suite.revision, *suite.paths))
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return folder
    tried, searched = [], places(suite)
    for place in searched:
        # Beside it: until another is there, the last one shows that it could be had.
        with tempfile.TemporaryDirectory(dir=cache, prefix="fetching-") as draft:
            problem = _take(suite, place, Path(draft))
            if problem is None:
                shutil.rmtree(Path(draft) / ".git")
                shutil.rmtree(folder, ignore_errors=True)
                shutil.copytree(draft, folder)
                done.write_text(wanted, encoding="utf-8")
                return folder
        tried.append(f"{place}: {problem}")
    if len(searched) == 1 and not had_before and not github_answers():
        raise Unreachable("no mirror has its repository, and GitHub does not answer")
    raise NotToBeHad("; ".join(tried))


def github_answers() -> bool:
    """Whether GitHub can be reached from this machine, whatever it answers."""
    try:
        # HEAD, and through the proxy that git would use.
        question = urllib.request.Request(GITHUB, method="HEAD")
        urllib.request.urlopen(question, timeout=_ANSWER_SECONDS).close()  # noqa: S310 - GitHub
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


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
