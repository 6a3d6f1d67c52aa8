"""What a site sets for this plugin, and the sizes that follow from OMERO."""

from __future__ import annotations

from typing import Final, get_args

from omero_plugin_common import platform_fields
from omero_plugin_common.env_utils import (
    InvalidValue,
    get_env,
    get_optional_env,
    get_secret_lines_env,
)
from omeroweb_omp_plugin.planning.ownership import Place

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
# Where the hash of a set is written that the plugin writes: `pair` or `description`.
SIGNATURE: Final = "OMP_SIGNATURE"

platform_fields.declare(
    {
        "FMP_HASH_SECRET": "spec.web.plugins.omp.hashSecretRef",
        "FMP_HASH_SECRET_FILE": "spec.web.plugins.omp.hashSecretRef",
        "FMP_HASH_SECRET_PREVIOUS": "spec.web.plugins.omp.hashSecretRef",
        RULES_FILE: "spec.web.plugins.omp.rules",
        SIGNATURE: "spec.web.plugins.omp.signature",
    }
)


def configured_hash_secrets() -> tuple[str, ...]:
    """The secrets of `omp_hash` that the site has set, the newest first.

    FMP_HASH_SECRET_FILE names a file with one per line; FMP_HASH_SECRET holds one, and
    FMP_HASH_SECRET_PREVIOUS earlier ones, separated by white space. The first of all signs.

    Raises:
        EnvironmentProblem: the file is missing, unreadable or empty.
    """
    secrets: list[str] = []
    if get_optional_env("FMP_HASH_SECRET_FILE"):
        secrets += (line.strip() for line in get_secret_lines_env("FMP_HASH_SECRET_FILE"))
    secrets.append(get_env("FMP_HASH_SECRET", allow_empty=True))
    secrets += get_env("FMP_HASH_SECRET_PREVIOUS", allow_empty=True).split()
    return tuple(dict.fromkeys(secret for secret in secrets if secret))


def signature_place() -> Place:
    """Where the hash of a new set is written.

    Raises:
        InvalidValue: the site says something else than `pair` or `description`.
    """
    text = get_env(SIGNATURE, "pair")
    for place in get_args(Place):
        if text == place:
            chosen: Place = place
            return chosen
    field = platform_fields.field_of(SIGNATURE)
    raise InvalidValue(
        f"{SIGNATURE}={text[:100]!r} is not pair or description: it comes from {field}"
    )
