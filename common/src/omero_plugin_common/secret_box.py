"""Secrets of users at rest: encrypted with the site's keys, which stand in a mounted file.

The file holds one Fernet key per line, the newest first. New texts are encrypted with the first
key; every key decrypts. To rotate: put a new key on top, restart, run
`python -m omero_plugin_common.reencrypt`, then remove the old key.
Format and rotation: https://cryptography.io/en/latest/fernet/
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from omero_plugin_common.env_utils import EnvironmentProblem, get_secret_lines_env
from omero_plugin_common.errors import Conflict
from omero_plugin_common.platform_fields import field_of

VARIABLE: Final = "PLUGIN_KEYS_FILE"
_IDENTIFIER: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class CannotDecrypt(Conflict):
    """A secret that none of the keys opens; the user must enter it again."""

    code = "secret_unreadable"


class SecretBox:
    """Encrypts and decrypts texts.

    Args:
        keys: Fernet keys, the newest first.

    Raises:
        ValueError: no key, or one that is not a Fernet key; it is not shown.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("there is no key")
        try:
            fernets = [Fernet(key) for key in keys]
        except ValueError:
            raise ValueError("a key is not 32 bytes in url-safe base64") from None
        self._newest = fernets[0]
        self._all = MultiFernet(fernets)

    def encrypt(self, text: str) -> str:
        """A text encrypted with the newest key, as printable characters."""
        return self._all.encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        """The text again.

        Raises:
            CannotDecrypt: no key fits, or somebody changed the token.
        """
        try:
            return self._all.decrypt(token.encode()).decode()
        except InvalidToken:
            raise CannotDecrypt(
                "A stored secret cannot be read with the site's keys: enter it again"
            ) from None

    def is_current(self, token: str) -> bool:
        """Whether the newest key encrypted it."""
        try:
            self._newest.decrypt(token.encode())
        except InvalidToken:
            return False
        return True

    def rotate(self, token: str) -> str:
        """The same text under the newest key; the time of its encryption is kept.

        Raises:
            CannotDecrypt: no key fits.
        """
        try:
            return self._all.rotate(token.encode()).decode("ascii")
        except InvalidToken:
            raise CannotDecrypt("A stored secret cannot be read with the site's keys") from None


@dataclass(frozen=True, slots=True)
class EncryptedColumn:
    """A column of the plugin database that holds tokens.

    Args:
        table: name of the table.
        key: its primary key.
        column: the column with the tokens.
    """

    table: str
    key: str
    column: str


_columns: set[EncryptedColumn] = set()


def declare_column(table: str, key: str, column: str) -> None:
    """Tell of a column with tokens, so that `reencrypt` finds it. Call it in the `jobs` module.

    Raises:
        ValueError: a name that is not a plain identifier.
    """
    for name in (table, key, column):
        if not _IDENTIFIER.fullmatch(name):
            raise ValueError(f"{name!r} is not a plain name of a table or column")
    _columns.add(EncryptedColumn(table, key, column))


def columns() -> list[EncryptedColumn]:
    """All columns that were declared."""
    return sorted(_columns, key=lambda column: (column.table, column.column))


@cache
def default() -> SecretBox:
    """The site's box, with the keys of PLUGIN_KEYS_FILE; read once per process.

    Raises:
        EnvironmentProblem: no file, or a line that is not a key.
    """
    keys = [line.strip() for line in get_secret_lines_env(VARIABLE) if line.strip()]
    try:
        return SecretBox(keys)
    except ValueError as error:
        raise EnvironmentProblem(
            f"{VARIABLE}: {error}; it comes from {field_of(VARIABLE)}"
        ) from None
