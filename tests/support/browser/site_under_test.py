"""The site that page tests visit: local processes, or one that runs already.

With SITE_URL set, the same tests go to that address (a cluster's ingress, with or without a path
prefix) and log in as SITE_USER with SITE_PASSWORD: a member of a group, no administrator, because
the job service may not act as one. The site must have the example plugin.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import local_services
from local_services import ROOT
from tools.common.errors import CommandError

EXAMPLE: Final = ROOT / "examples/omeroweb_example"


@dataclass(frozen=True)
class SiteUnderTest:
    """Where it is and who logs in; `local` knows its processes."""

    url: str
    user: str
    password: str
    local: local_services.Site | None = None

    def address(self, path: str) -> str:
        """The address of a path below the site's own."""
        return f"{self.url.rstrip('/')}/{path.lstrip('/')}"


def remote_site() -> SiteUnderTest | None:
    """The site that the environment names, if it names one."""
    url = os.environ.get("SITE_URL")
    if not url:
        return None
    try:
        return SiteUnderTest(url, os.environ["SITE_USER"], os.environ["SITE_PASSWORD"])
    except KeyError as missing:
        raise CommandError(f"SITE_URL is set, so {missing} must be set as well") from None


def install_plugin(source: Path, target: Path) -> None:
    """What the Dockerfile of a plugin puts into its folder /plugin."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # hatchling is in .venv, so that nothing is fetched.
    command += ["--no-index", "--no-build-isolation", "--no-deps", "--no-compile"]
    subprocess.run(
        [*command, "--root-user-action=ignore", "--target", str(target), str(source)], check=True
    )
