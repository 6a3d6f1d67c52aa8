"""What runs have made is found by its name and deleted, whatever has happened meanwhile."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Final

import omero.clients  # isort: skip
import omero.cmd
from omero.model import ExperimenterI
from omero.rtypes import unwrap

from omero_standin.recording.account import Account, Server, close
from omero_standin.recording.commands import ALL_GROUPS, NoAnswer, response
from omero_standin.recording.shown import Asked

# Filesets first: their images and files go with them.
_BY_NAME: Final = (
    (
        "Fileset",
        "select distinct o.id from Fileset o join o.usedFiles e where e.clientPath like :p",
    ),
    ("Fileset", "select o.id from Fileset o where o.templatePrefix like :p"),
    ("Project", "select o.id from Project o where o.name like :p"),
    ("Dataset", "select o.id from Dataset o where o.name like :p"),
    ("Screen", "select o.id from Screen o where o.name like :p"),
    ("Plate", "select o.id from Plate o where o.name like :p"),
    ("Image", "select o.id from Image o where o.name like :p"),
    ("Roi", "select o.id from Roi o where o.name like :p"),
    ("Annotation", "select o.id from Annotation o where o.ns like :p"),
    ("OriginalFile", "select o.id from OriginalFile o where o.name like :p"),
)
_ACCOUNTS: Final = "select e.id from Experimenter e where e.omeName like :p"


def delete(server: Server, account: Account, prefix: str) -> list[str]:
    """Delete what an account's runs have made, over a connection of its own.

    Args:
        server: where.
        account: who ran the catalogue.
        prefix: what the names begin with.

    Returns:
        What is left, in words; nothing when all is deleted.

    Raises:
        CannotRun: the server cannot be reached.
    """
    client = server.logged_in(account)
    try:
        return _delete(Deleting(client, server.seconds, prefix))
    finally:
        close(client)


class Deleting:
    """One client that deletes."""

    def __init__(self, client: Any, seconds: float, prefix: str) -> None:
        """`prefix` begins the names of all that is deleted."""
        self.client, self.seconds = client, seconds
        # A `%` of the prefix's own would match anything; it has none.
        self.pattern = f"{prefix}%"
        context = client.sf.getAdminService().getEventContext()
        self.administrator = bool(context.isAdmin)
        self.me = context.userId

    def ids(self, query: str, *, mine: bool = True) -> list[int]:
        """What a query finds; of an administrator's, also what was made for others."""
        if mine and not self.administrator:
            query += f" and o.details.owner.id = {self.me}"
        found = self.client.sf.getQueryService().projection(
            query, Asked(p=self.pattern), ALL_GROUPS
        )
        return [int(unwrap(line[0])) for line in found]

    def found(self) -> dict[str, list[int]]:
        """What is there, by type."""
        found: dict[str, list[int]] = {}
        for kind, query in _BY_NAME:
            found.setdefault(kind, []).extend(self.ids(query))
        return {kind: sorted(set(each)) for kind, each in found.items() if each}


def _delete(deleting: Deleting) -> list[str]:
    for kind in dict.fromkeys(kind for kind, _ in _BY_NAME):
        # One type after the other: most of what is found goes with what was deleted before.
        number = deleting.found().get(kind)
        if number:
            # It may be refused: what it leaves is found and told.
            request = omero.cmd.Delete2(targetObjects={kind: number})
            with suppress(NoAnswer):
                response(deleting.client, request, deleting.seconds)
    left = [f"{len(each)} of type {kind}" for kind, each in deleting.found().items()]
    return left + _delete_accounts(deleting)


def _delete_accounts(deleting: Deleting) -> list[str]:
    """Accounts that an administrator's rows have made; nobody has logged in with them."""
    if not deleting.administrator:
        return []
    admin = deleting.client.sf.getAdminService()
    for number in deleting.ids(_ACCOUNTS, mine=False):
        try:
            admin.deleteExperimenter(ExperimenterI(number, False))
        except omero.ServerError:
            continue
    left = deleting.ids(_ACCOUNTS, mine=False)
    return [f"{len(left)} accounts"] if left else []
