"""OMERO's own figures: the same seven questions, however large the site is.

The account for monitoring is a restricted administrator without a privilege: it sees all groups and
changes nothing. No figure names a person. It cannot count sessions: for those of others it would
need the privilege ReadSession, which also shows their keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import Ice
import omero
import omero.sys
from omero.rtypes import unwrap
from prometheus_client.core import Metric

from omero_web_container.exporter.login import session
from omero_web_container.exporter.source import Failed, Figure

USERS: Final = Figure(
    "omero_users",
    "Accounts in OMERO, without guest: active ones may log in, inactive ones may not.",
    ("state",),
)
GROUPS: Final = Figure("omero_groups", "Groups in OMERO.")
IMAGES: Final = Figure("omero_images", "Images in OMERO.")
FILESETS: Final = Figure(
    "omero_filesets", "Imported filesets in OMERO; their increase is the imports."
)
DUPLICATES: Final = Figure(
    "omero_duplicate_repositories",
    "Repositories in OMERO's database that have the name of another one; more than 0 after "
    "OMERO.server was started with another data folder.",
)
STORED: Final = Figure("omero_stored_bytes", "Bytes of all files in OMERO, by group.", ("group",))

_USERS: Final = "select count(e.id) from Experimenter e where e.omeName != 'guest'"
# Who is in the group `user` may log in.
_ACTIVE: Final = (
    "select count(distinct m.child.id) from GroupExperimenterMap m "
    "where m.parent.name = 'user' and m.child.omeName != 'guest'"
)
_GROUPS: Final = "select g.id, g.name from ExperimenterGroup g"
_IMAGES: Final = "select count(i.id) from Image i"
_FILESETS: Final = "select count(f.id) from Fileset f"
_REPOSITORIES: Final = (
    "select f.name, count(f.id) from OriginalFile f where f.mimetype = 'Repository' group by f.name"
)
_BYTES: Final = (
    "select f.details.group.id, sum(f.size) from OriginalFile f group by f.details.group.id"
)


def read() -> Sequence[Metric]:
    """Ask OMERO.server, in one session.

    Raises:
        Failed: it does not answer, or refuses the account or a question.
    """
    try:
        with session() as client:
            return figures(client)
    except (Ice.Exception, omero.ServerError, omero.ClientError) as error:
        raise Failed(f"OMERO.server: {type(error).__name__}: {error}") from error


def figures(client: Any) -> list[Metric]:
    """Ask all questions.

    Args:
        client: with a session that sees all groups.
    """
    query, context = client.sf.getQueryService(), {"omero.group": "-1"}

    def rows(question: str) -> list[list[Any]]:
        said = query.projection(question, omero.sys.ParametersI(), context)
        return [[unwrap(value) for value in line] for line in said]

    def count(question: str) -> int:
        return int(rows(question)[0][0] or 0)

    active, users = count(_ACTIVE), count(_USERS)
    names = {int(id_): str(name) for id_, name in rows(_GROUPS)}
    stored = dict.fromkeys(names.values(), 0)
    for group, size in rows(_BYTES):
        # A group that was made meanwhile has no name yet.
        stored[names.get(int(group), str(group))] = int(size or 0)
    return [
        USERS.by({("active",): active, ("inactive",): max(0, users - active)}),
        GROUPS.of(len(names)),
        IMAGES.of(count(_IMAGES)),
        FILESETS.of(count(_FILESETS)),
        DUPLICATES.of(sum(int(number) - 1 for _name, number in rows(_REPOSITORIES))),
        STORED.by({(name,): size for name, size in stored.items()}),
    ]
