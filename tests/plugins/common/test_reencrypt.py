"""Putting stored secrets under a new key, in a real database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from cryptography.fernet import Fernet

import local_services
from omero_plugin_common.database import Database, migrate
from omero_plugin_common.reencrypt import reencrypt
from omero_plugin_common.secret_box import EncryptedColumn, SecretBox
from plugin_site import database_variables, path_of_sources

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
COLUMN = EncryptedColumn("probe_secret", "id", "token")


def _fill(base: Database, tokens: list[str]) -> None:
    migrate(base, ["plugin_probe"])
    with base.transaction() as cursor:
        for token in tokens:
            cursor.execute("insert into probe_secret (token) values (%s)", (token,))


def _tokens(base: Database) -> list[str]:
    with base.transaction() as cursor:
        cursor.execute("select token from probe_secret order by id")
        return [row["token"] for row in cursor.fetchall()]


def test_every_secret_is_under_the_new_key_afterwards(database: Database) -> None:
    count = 1203
    old, new = SecretBox([OLD]), SecretBox([NEW])
    unreadable = SecretBox([OTHER]).encrypt("lost")
    _fill(database, [*(old.encrypt(f"{n}") for n in range(count)), new.encrypt("new"), unreadable])
    both = SecretBox([NEW, OLD])
    done = reencrypt(database, both, COLUMN)
    assert (done.rotated, done.current, done.unreadable) == (count, 1, 1)
    again = reencrypt(database, both, COLUMN)
    assert (again.rotated, again.current, again.unreadable) == (0, count + 1, 1)
    tokens = _tokens(database)
    assert [new.decrypt(token) for token in tokens[:count]] == [f"{n}" for n in range(count)]
    assert tokens[-1] == unreadable


def test_the_command_says_how_many_and_fails_for_an_unreadable_one(
    tmp_path: Path, postgres: local_services.Service, database: Database
) -> None:
    _fill(database, [SecretBox([OLD]).encrypt("my secret")])
    keys = tmp_path / "keys"
    variables = database_variables(postgres, tmp_path) | {
        "PLUGIN_KEYS_FILE": str(keys),
        "PLUGIN_PACKAGES": "plugin_probe",
        "PYTHONPATH": path_of_sources(),
    }

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "omero_plugin_common.reencrypt"],
            env=local_services.python_environment(**variables),
            capture_output=True,
            text=True,
            check=False,
        )

    keys.write_text(f"{NEW}\n{OLD}\n")
    done = run()
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "probe_secret.token: 1 re-encrypted with the newest key, 0 already used it, 0 unreadable\n"
    )
    assert SecretBox([NEW]).decrypt(_tokens(database)[0]) == "my secret"
    keys.write_text(f"{OTHER}\n")
    done = run()
    assert done.returncode == 1
    assert "1 unreadable" in done.stdout
    keys.unlink()
    done = run()
    assert done.returncode == 1
    assert "PLUGIN_KEYS_FILE" in done.stderr
