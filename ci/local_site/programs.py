"""The programs of a local site, from Debian's packages, and PostgreSQL's account."""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path
from typing import TypedDict

from tools.common.errors import CommandError


class Account(TypedDict, total=False):
    """Whom `subprocess` runs a program as."""

    user: int
    group: int


def program(name: str) -> str:
    """The path of a program.

    Raises:
        CommandError: It is not on PATH.
    """
    found = shutil.which(name)
    if found is None:
        raise CommandError(f"{name} is not installed: run `ci/tools/install`")
    return found


def postgres_programs() -> Path:
    """The folder of PostgreSQL's newest server; Debian puts none of its programs on PATH.

    Raises:
        CommandError: There is none.
    """
    found = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    if found is None:
        raise CommandError("PostgreSQL is not installed: run `ci/tools/install`")
    return found


def postgres_account() -> Account:
    """PostgreSQL refuses to run as root; empty where it runs as whoever starts it."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    return {"user": account.pw_uid, "group": account.pw_gid}
