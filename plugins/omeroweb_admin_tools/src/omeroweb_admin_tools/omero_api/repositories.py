"""OMERO's repositories of files, and whether files are as they were imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero
import omero.grid
from omero.rtypes import unwrap

from omero_plugin_common.omero_api import hql


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository that OMERO's database knows.

    Attributes:
        uuid: that files refer to.
        name: of its folder.
        managed: whether images are imported to it.
        there: whether OMERO.server has it; else its files cannot be read.
        same: whether it says itself that it has this uuid.
    """

    uuid: str
    name: str
    managed: bool
    there: bool
    same: bool


def repositories(conn: Any) -> list[Repository]:
    """All that the database knows.

    Args:
        conn: the gateway of an administrator.
    """
    shared = conn.c.sf.sharedResources().repositories()
    return [
        _repository(about, proxy)
        for about, proxy in zip(shared.descriptions, shared.proxies, strict=True)
    ]


def sample(conn: Any, offsets: Sequence[int], largest: int) -> list[tuple[int, int]]:
    """Ids and sizes of imported files.

    Args:
        conn: the gateway of an administrator.
        offsets: which ones, counted from the first import.
        largest: bytes; larger files are left out.
    """
    found: dict[int, int] = {}
    for offset in offsets:
        wanted = hql.parameters(largest=largest).page(offset, 1)
        lines = conn.getQueryService().projection(
            "select f.id, f.size from FilesetEntry e join e.originalFile f "
            "where f.size <= :largest order by e.id",
            wanted,
            hql.context(conn),
        )
        found |= {int(unwrap(id_)): int(unwrap(size)) for id_, size in lines}
    return list(found.items())


def imported_files(conn: Any, largest: int) -> int:
    """How many imported files there are that are not larger than this."""
    query = "select count(e.id) from FilesetEntry e join e.originalFile f where f.size <= :largest"
    return int(hql.rows(conn, query, largest=largest)[0][0])


def changed_files(conn: Any, ids: Sequence[int]) -> list[int]:
    """Those of the files that no longer have their checksum, or that are gone from the disk.

    Args:
        conn: the gateway of an administrator.
        ids: of files in the managed repository.

    Raises:
        omero.ServerError: they cannot be checked.
        LookupError: OMERO.server has no managed repository.
    """
    proxy = _managed(conn)
    context = hql.context(conn)
    try:
        return [int(each) for each in proxy.verifyChecksums(list(ids), context)]
    except omero.InternalException:
        if len(ids) == 1:
            return list(ids)
    # One of them cannot be read, and the others' results are lost with it.
    return [each for one in ids for each in changed_files(conn, [one])]


def _managed(conn: Any) -> Any:
    for proxy in conn.c.sf.sharedResources().repositories().proxies:
        managed = proxy and omero.grid.ManagedRepositoryPrx.checkedCast(proxy)
        if managed:
            return managed
    raise LookupError("no managed repository")


def _repository(about: Any, proxy: Any) -> Repository:
    uuid, name = str(unwrap(about.hash)), str(unwrap(about.name))
    if proxy is None:
        return Repository(uuid, name, managed=False, there=False, same=False)
    managed = omero.grid.ManagedRepositoryPrx.checkedCast(proxy) is not None
    own = unwrap(proxy.root().hash)
    return Repository(uuid, name, managed=managed, there=True, same=own == uuid)
