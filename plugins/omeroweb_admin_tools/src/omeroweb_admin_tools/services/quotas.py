"""Limits of groups: what they are, changing them, and who did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from omero_plugin_common import spreadsheet
from omero_plugin_common.errors import BadRequest
from omero_plugin_common.jobs.model import iso
from omero_plugin_common.quotas import Group, Who, count, store
from omero_plugin_common.quotas.model import Rules
from omero_plugin_common.string_utils import bytes_in_words
from omeroweb_admin_tools.omero_api import usage
from omeroweb_admin_tools.planning import growth, quota_csv
from omeroweb_admin_tools.planning.quota_csv import BadTable, bytes_of, gigabytes_of
from omeroweb_admin_tools.planning.usage import OMERO_S_OWN
from omeroweb_admin_tools.store import days, last_count

_PAGE: Final = 50


def data(conn: Any, before: int | None = None, *, counted: bool = False) -> dict[str, Any]:
    """Limits, the rules of the site, what groups use as far as it was counted, and the history.

    Args:
        conn: the gateway of an administrator.
        before: only lines of the history that are older than this one.
        counted: whether the groups may be those of the last count, without asking OMERO.
    """
    last = last_count.load() if counted else None
    known = last.usage.groups.values() if last else ()
    groups = _ours({group.name: group.id for group in known}) or _groups(conn)
    own = store.own_limits()
    limits = store.limits(list(groups.values()))
    used = store.usage(list(groups.values()))
    rules = store.rules()
    lines = store.history(_PAGE, before)
    grown = days.by_group(growth.LINE_DAYS)
    return {
        "quotas_gb": {
            name: gigabytes_of(limits[id_]) for name, id_ in groups.items() if id_ in limits
        },
        "groups": [
            {
                "id": id_,
                "group": name,
                "limit": limits.get(id_),
                "from": _source(id_, own, limits),
                "bytes": used[id_].bytes if id_ in used else None,
                "counted": iso(used[id_].counted) if id_ in used else None,
                "full_in_days": _full_in(id_, limits, used, grown),
                "standing": used[id_].standing if id_ in used and id_ in limits else "free",
            }
            for name, id_ in groups.items()
        ],
        "rules": _rules_json(rules),
        "logs": [_line(each) for each in lines],
        "next": lines[-1]["id"] if len(lines) == _PAGE else None,
        "reconcile": {"driver": "uploads", "available_groups": list(groups)},
    }


def update(
    request: Any, caller: Any, wanted: Mapping[str, float | None], why: str, *, dry_run: bool
) -> dict[str, Any]:
    """Set limits, all of them or none.

    Args:
        request: whose audit line names the groups.
        caller: an administrator who may change groups.
        wanted: gigabytes by the name of the group; nothing for no limit.
        why: for the history.
        dry_run: only say what would change.

    Raises:
        BadRequest: a group does not exist, or a limit is no number or less than the minimum.
    """
    groups = _groups(caller.conn)
    try:
        limits = {_known(name, groups): bytes_of(most) for name, most in wanted.items()}
    except ValueError as problem:
        raise BadRequest(f"{problem}. Nothing was changed", code="bad_quota") from None
    return _change(request, caller, limits, groups, why, dry_run=dry_run)


def import_csv(request: Any, caller: Any, text: str, why: str, *, dry_run: bool) -> dict[str, Any]:
    """Set limits from a table; arguments and errors as `update`."""
    groups = _groups(caller.conn)
    try:
        limits = quota_csv.read(text, groups)
    except BadTable as problem:
        raise BadRequest(f"{problem}. Nothing was changed", code="bad_table") from None
    return _change(request, caller, limits, groups, why, dry_run=dry_run)


def set_rules(caller: Any, minimum: float, new_groups: float | None, why: str) -> dict[str, Any]:
    """Set the smallest limit, and the one of groups that are created from now on.

    Args:
        caller: an administrator who may change groups.
        minimum: gigabytes.
        new_groups: gigabytes; nothing for no limit. Existing groups stay as they are.
        why: for the history.

    Raises:
        BadRequest: one of them is no number of gigabytes, or the second is less than the first.
    """
    try:
        least, most = bytes_of(minimum), bytes_of(new_groups)
    except ValueError as problem:
        raise BadRequest(f"{problem}. Nothing was changed", code="bad_quota") from None
    if least is None or (most is not None and most < least):
        raise BadRequest(
            "The limit of new groups is less than the smallest limit. Nothing was changed",
            code="bad_quota",
        )
    newest = max(usage.groups(caller.conn).values())
    store.set_rules(Rules(least, most, newest), _who(caller, why))
    return {"rules": _rules_json(store.rules())}


def template() -> Iterable[str]:
    """The lines of an empty table."""
    return spreadsheet.lines([quota_csv.HEADER])


def csv_lines(conn: Any) -> Iterable[str]:
    """The limits that are set, as a table that can be changed and read again."""
    groups = _groups(conn)
    limits = store.limits(list(groups.values()))
    rows = [
        (name, gigabytes_of(limits[id_]) if id_ in limits else "") for name, id_ in groups.items()
    ]
    return spreadsheet.lines([quota_csv.HEADER, *rows])


def _change(
    request: Any,
    caller: Any,
    limits: Mapping[str, int | None],
    groups: Mapping[str, int],
    why: str,
    *,
    dry_run: bool,
) -> dict[str, Any]:
    before = store.limits([groups[name] for name in limits])
    least = store.rules().minimum
    for name, most in limits.items():
        if most is not None and most < least:
            raise BadRequest(
                f"The quota of {name} is {bytes_in_words(most)}, and the smallest that this site "
                f"allows is {bytes_in_words(least)}. Nothing was changed",
                code="bad_quota",
            )
    wanted = {
        Group(groups[name], name): most
        for name, most in limits.items()
        if before.get(groups[name]) != most
    }
    if not dry_run:
        try:
            changed = store.set_limits(wanted, _who(caller, why))
        except ValueError as problem:
            # Somebody has raised the minimum at this moment.
            raise BadRequest(f"{problem}. Nothing was changed", code="bad_quota") from None
        request.audit.add("ExperimenterGroup", [group.id for group in changed])
        # Uploads must not wait for a worker's next count.
        if changed:
            used = count.bytes_by_group(caller.conn, [group.id for group in changed])
            store.store_usage(changed, used)
    limits_now = store.limits(list(groups.values()))
    return {
        "dry_run": dry_run,
        "changes": [
            {"group": group.name, "before": before.get(group.id), "after": most}
            for group, most in wanted.items()
        ],
        "quotas_gb": {
            name: gigabytes_of(limits_now[id_]) for name, id_ in groups.items() if id_ in limits_now
        },
        "reconcile": {"driver": "uploads", "available_groups": list(groups)},
    }


def _groups(conn: Any) -> dict[str, int]:
    return _ours(usage.groups(conn))


def _ours(found: Mapping[str, int]) -> dict[str, int]:
    """Those that may have a limit, by name."""
    names = sorted((name for name in found if name not in OMERO_S_OWN), key=str.casefold)
    return {name: found[name] for name in names}


def _known(name: str, groups: Mapping[str, int]) -> str:
    if name in OMERO_S_OWN:
        raise ValueError(f"The group {name} is OMERO's own and has no quota")
    if name not in groups:
        raise ValueError(f"OMERO has no group {name[:100]!r}")
    return name


def _full_in(
    id_: int, limits: Mapping[int, int], used: Mapping[int, Any], grown: Mapping[int, Any]
) -> int | None:
    """Days until a group has as much as it may; nothing without a limit, a count or growth."""
    if id_ not in limits or id_ not in used:
        return None
    slope = growth.recent_bytes_per_day(grown.get(id_, {}))
    return growth.days_left(limits[id_] - used[id_].bytes, slope)


def _source(id_: int, own: Mapping[int, int | None], limits: Mapping[int, int]) -> str:
    if id_ in own:
        return "set"
    return "new groups" if id_ in limits else ""


def _who(caller: Any, why: str) -> Who:
    return Who(caller.user_id, caller.user_name, why.strip())


def _rules_json(rules: Rules) -> dict[str, Any]:
    return {"minimum": rules.minimum, "new_groups": rules.new_groups}


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    """A line of the history, with the names of the Docker edition beside ours."""
    by = row["user_name"] or "the periodic check"
    return {
        "id": row["id"],
        "timestamp": iso(row["moment"]),
        "level": "warning" if row["what"] == "standing" and row["after"] != "free" else "info",
        "message": f"{_in_words(row)}, by {by}" + (f": {row['why']}" if row["why"] else ""),
        "what": row["what"],
        "group": row["group_name"],
        "by": row["user_name"],
        "why": row["why"],
    }


def _in_words(row: Mapping[str, Any]) -> str:
    before, after = row["before"], row["after"]
    if row["what"] == "standing":
        return f"{row['group_name']}: {after}"
    sizes = [bytes_in_words(int(each)) if each else "no limit" for each in (before, after)]
    what = {"limit": row["group_name"], "minimum": "smallest limit"}.get(row["what"], "new groups")
    return f"{what}: {sizes[0]} → {sizes[1]}"
