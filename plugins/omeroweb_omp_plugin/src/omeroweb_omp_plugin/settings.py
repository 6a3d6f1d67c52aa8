"""What a site sets for this plugin, and the sizes that follow from OMERO."""

from __future__ import annotations

from typing import Final

from omero_plugin_common import platform_fields
from omero_plugin_common.env_utils import get_env, get_optional_env, get_secret_lines_env

PLUGIN: Final = "omp"
# One selection: a table of a browser shows 400 000 rows at most.
LARGEST_SELECTION: Final = 200_000
LARGEST_PAGE: Final = 500
# Images that one request looks up in OMERO while it searches for those that change.
LOOKED_UP: Final = 5000
# Images of one step of a job; after each the job can go on elsewhere.
STEP: Final = 3000
# Names a file with the site's own nomenclature.
RULES_FILE: Final = "OMP_RULES_FILE"

platform_fields.declare(
    {
        "FMP_HASH_SECRET": "spec.web.plugins.omp.hashSecretRef",
        "FMP_HASH_SECRET_FILE": "spec.web.plugins.omp.hashSecretRef",
        "FMP_HASH_SECRET_PREVIOUS": "spec.web.plugins.omp.hashSecretRef",
        RULES_FILE: "spec.web.plugins.omp.rules",
    }
)


def configured_hash_secrets() -> tuple[str, ...]:
    """The secrets of `omp_hash` that the site has set, the newest first.

    FMP_HASH_SECRET_FILE names a file with one per line; FMP_HASH_SECRET holds one, and
    FMP_HASH_SECRET_PREVIOUS earlier ones, separated by white space. The first of all signs.

    Raises:
        EnvironmentProblem: the file is missing, unreadable or empty.
    """
    found: list[str] = []
    if get_optional_env("FMP_HASH_SECRET_FILE"):
        found += (line.strip() for line in get_secret_lines_env("FMP_HASH_SECRET_FILE"))
    found.append(get_env("FMP_HASH_SECRET", allow_empty=True))
    found += get_env("FMP_HASH_SECRET_PREVIOUS", allow_empty=True).split()
    return tuple(dict.fromkeys(secret for secret in found if secret))
