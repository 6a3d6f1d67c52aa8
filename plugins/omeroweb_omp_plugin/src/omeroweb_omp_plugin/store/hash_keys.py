"""The secrets with which the plugin signs what it writes: `omp_hash`."""

from __future__ import annotations

import secrets

from omero_plugin_common import database, secret_box
from omeroweb_omp_plugin.configuration import configured_hash_secrets, signature_place
from omeroweb_omp_plugin.planning import Keys


def site_keys() -> Keys:
    """The secrets that the site has set, the newest first; else the one that was made for it.

    Raises:
        EnvironmentProblem: one of the variables cannot be used.
        psycopg2.Error: the plugin database does not answer.
    """
    return Keys(configured_hash_secrets() or (made_once(),), signature_place())


def made_once() -> str:
    """The site's own secret; the first who asks makes it, for all processes and for ever.

    Raises:
        CannotDecrypt: the site's encryption keys were lost.
        EnvironmentProblem: PLUGIN_KEYS_FILE cannot be used.
    """
    box = secret_box.default()
    with database.default().transaction() as cursor:
        cursor.execute("select secret from omp_hash_secret where id = 1")
        row = cursor.fetchone()
        if row is None:
            cursor.execute(
                "insert into omp_hash_secret (id, secret) values (1, %s) on conflict do nothing",
                (box.encrypt(secrets.token_hex(32)),),
            )
            cursor.execute("select secret from omp_hash_secret where id = 1")
            row = cursor.fetchone()
    if row is None:
        raise RuntimeError("the table omp_hash_secret does not store what is written")
    return box.decrypt(row["secret"])
