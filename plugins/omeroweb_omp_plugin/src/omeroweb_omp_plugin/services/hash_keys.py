"""The secrets with which the plugin signs what it writes."""

from __future__ import annotations

from omeroweb_omp_plugin.planning import Keys
from omeroweb_omp_plugin.settings import configured_hash_secrets, signature_place
from omeroweb_omp_plugin.store import hash_secret


def site_keys() -> Keys:
    """The secrets that the site has set, the newest first; else the one that was made for it.

    Raises:
        EnvironmentProblem: one of the variables cannot be used.
        psycopg2.Error: the plugin database does not answer.
    """
    return Keys(configured_hash_secrets() or (hash_secret.made_once(),), signature_place())
