"""Usage of OMERO's storage, counted rarely and shown with its age."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any, Final

from omero_plugin_common import spreadsheet
from omero_plugin_common.errors import NotFound
from omero_plugin_common.quotas import store
from omeroweb_admin_tools.omero_api import usage
from omeroweb_admin_tools.planning import growth
from omeroweb_admin_tools.planning.recommendations import Growing, recommendations
from omeroweb_admin_tools.planning.usage import OMERO_S_OWN, Usage
from omeroweb_admin_tools.store import days
from omeroweb_admin_tools.store import last_count as remembered
from omeroweb_admin_tools.store.last_count import Counted

_DAYS: Final = 90
_LEVELS: Final = {"rwrw": "Read-write", "rwra": "Read-annotate", "rwr-": "Read-only"}


def last_count(conn: Any, *, fresh: bool = False) -> Counted:
    """The last count, or a new one where it is too old.

    Args:
        conn: the gateway of an administrator.
        fresh: count now, however young the last count is.
    """
    known = None if fresh else remembered.load()
    if known is None:
        known = Counted(usage.count(conn), datetime.now(UTC))
        remembered.store(known)
    return known


def data(conn: Any, *, fresh: bool) -> dict[str, Any]:
    """Usage by user, by group and by both, the largest first; free space; growth.

    Args:
        conn: the gateway of an administrator.
        fresh: count now, however young the last count is.
    """
    began = datetime.now(UTC)
    counted = last_count(conn, fresh=fresh)
    found = counted.usage
    history = days.by_group(_DAYS)
    by_group, grown = _by_group(found, history), _growth(found.free, history)
    return {
        "counted": counted.moment.isoformat(timespec="seconds"),
        "age_seconds": int(counted.age),
        "new": began <= counted.moment,
        "totals": {"omero_binary_bytes": sum(found.bytes.values()), "free_bytes": found.free},
        "by_user": _by_user(found),
        "by_group": by_group,
        "by_user_group": _by_both(found),
        "growth": grown,
        "recommendations": _recommendations(by_group, found.free, grown["bytes_per_day"]),
    }


def csv_lines(conn: Any, view: str) -> Iterable[str]:
    """The lines of one table.

    Raises:
        NotFound: there is no such table.
    """
    found = last_count(conn).usage
    tables = {"users": _user_rows, "groups": _group_rows, "both": _both_rows}
    if view not in tables:
        raise NotFound(f"There is no table {view[:50]!r}: choose one of {', '.join(tables)}")
    return spreadsheet.lines(tables[view](found))


def _by_user(found: Usage) -> list[dict[str, Any]]:
    sums = dict.fromkeys(found.users, 0)
    for (user, _), size in found.bytes.items():
        sums[user] = sums.get(user, 0) + size
    inside: dict[int, list[str]] = {}
    for group in found.groups.values():
        for member in group.members:
            inside.setdefault(member, []).append(group.name)
    rows = [
        {
            "id": id_,
            "username": _login(found, id_),
            "full_name": found.users[id_].full_name if id_ in found.users else "",
            "groups": sorted(inside.get(id_, []), key=str.casefold),
            "bytes": size,
        }
        for id_, size in sums.items()
    ]
    return _largest_first(rows, "username")


def _by_group(found: Usage, history: dict[int, dict[date, int]]) -> list[dict[str, Any]]:
    sums = dict.fromkeys(found.groups, 0)
    for (_, of), size in found.bytes.items():
        sums[of] = sums.get(of, 0) + size
    rows = []
    for id_, size in sums.items():
        group = found.groups.get(id_)
        members = group.members if group else set()
        rows.append(
            {
                "id": id_,
                "group": _group_name(found, id_),
                "users": sorted((_login(found, each) for each in members), key=str.casefold),
                "permissions": permissions_label(group.permissions) if group else "",
                "bytes": size,
                "bytes_per_day": growth.recent_bytes_per_day(history.get(id_, {})),
            }
        )
    return _largest_first(rows, "group")


def _by_both(found: Usage) -> list[dict[str, Any]]:
    rows = [
        {
            "id": f"{user}-{group}",
            "username": _login(found, user),
            "group": _group_name(found, group),
            "bytes": size,
        }
        for (user, group), size in found.bytes.items()
        if size
    ]
    return _largest_first(rows, "username")


def _growth(free: int, history: dict[int, dict[date, int]]) -> dict[str, Any]:
    total: dict[date, int] = {}
    for by_day in history.values():
        for day, size in by_day.items():
            total[day] = total.get(day, 0) + size
    slope = growth.recent_bytes_per_day(total)
    return {
        "days": [{"day": day.isoformat(), "bytes": total[day]} for day in sorted(total)],
        "bytes_per_day": slope,
        "days_left": growth.days_left(free, slope),
    }


def _recommendations(
    groups: Sequence[Mapping[str, Any]], free: int, per_day: float | None
) -> list[dict[str, Any]]:
    limits = store.limits([group["id"] for group in groups])
    growing = [
        Growing(
            group["group"],
            group["bytes"],
            limits.get(group["id"]),
            group["bytes_per_day"],
            may_have_limit=group["group"] not in OMERO_S_OWN,
        )
        for group in groups
    ]
    return [asdict(each) for each in recommendations(growing, free, per_day)]


def permissions_label(permissions: str) -> str:
    """What members may do with each other's data, in words.

    Args:
        permissions: such as `rwra--`.
    """
    return _LEVELS.get(permissions[:4], "Private")


def _user_rows(found: Usage) -> Iterable[Sequence[object]]:
    yield "Username", "Full name", "Groups", "Bytes"
    for row in _by_user(found):
        yield row["username"], row["full_name"], "; ".join(row["groups"]), row["bytes"]


def _group_rows(found: Usage) -> Iterable[Sequence[object]]:
    yield "Group", "Usernames", "Permissions", "Bytes"
    for row in _by_group(found, {}):
        yield row["group"], "; ".join(row["users"]), row["permissions"], row["bytes"]


def _both_rows(found: Usage) -> Iterable[Sequence[object]]:
    yield "Username", "Group", "Bytes"
    for row in _by_both(found):
        yield row["username"], row["group"], row["bytes"]


def _login(found: Usage, id_: int) -> str:
    user = found.users.get(id_)
    return user.name if user else f"user {id_}"


def _group_name(found: Usage, id_: int) -> str:
    group = found.groups.get(id_)
    return group.name if group else f"group {id_}"


def _largest_first(rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (-row["bytes"], str(row[name]).casefold()))
