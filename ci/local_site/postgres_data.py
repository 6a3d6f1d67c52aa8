"""PostgreSQL's files: made once by `initdb`, copied from the user's cache afterwards."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Unpack

from local_site.programs import Account, postgres_account, postgres_programs
from tools.common.commands import run, tail
from tools.common.errors import CommandError
from tools.common.paths import cache_folder


def make(data: Path, user: str, password: str, *, database: str = "postgres") -> None:
    """Make the files of a server with one superuser and one database.

    Args:
        data: the folder for them, which is made; PostgreSQL's account can enter its parents.
        user: the superuser.
        password: asked of the superuser over TCP; letters and digits alone.
        database: its name; `postgres` is always there.

    Raises:
        CommandError: a program failed.
    """
    programs = postgres_programs()
    # `initdb` takes a second and a half of the processor.
    kept = cache_folder() / "postgres" / f"{programs.parent.name}-{user}"
    if kept.is_dir():
        _run(["cp", "--archive", str(kept), str(data)])
    else:
        _initdb(programs, data, user)
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent, prefix="new-") as name:
            _run(["cp", "--archive", str(data), f"{name}/data"])
            # Another process may have been faster; its files will do.
            with suppress(OSError):
                Path(name, "data").rename(kept)
    sql = f"alter role \"{user}\" password '{password}'\n"
    if database != "postgres":
        sql += f'create database "{database}"\n'
    single = [str(programs / "postgres"), "--single", "-D", str(data), "-c", "exit_on_error=on"]
    _run([*single, "-c", "fsync=off", "postgres"], sql, **postgres_account())


def _initdb(programs: Path, data: Path, user: str) -> None:
    account = postgres_account()
    data.mkdir(mode=0o700)
    if account:
        os.chown(data, account["user"], account["group"])
    command = [str(programs / "initdb"), "-D", str(data), "-U", user, "--no-sync"]
    _run([*command, "--auth-local=trust", "--auth-host=scram-sha-256"], **account)


def _run(command: list[str], text: str = "", **account: Unpack[Account]) -> None:
    # PostgreSQL's account may not enter this process's own folder.
    ended = run(command, text, folder=Path("/"), **account)
    if ended.returncode:
        raise CommandError(f"{Path(command[0]).name} failed:\n{tail(ended.stdout + ended.stderr)}")
