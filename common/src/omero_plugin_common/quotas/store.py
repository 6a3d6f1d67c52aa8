"""Limits, their history, and counts in the plugin database."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from omero_plugin_common import database
from omero_plugin_common.database.pool import Cursor
from omero_plugin_common.quotas.model import (
    Counted,
    Group,
    Rules,
    Standing,
    Usage,
    Who,
    standing_of,
)

# The limit of a group: its own, or what new groups get.
_LIMIT = (
    "case when own.group_id is not null then own.bytes "
    "when wanted.id > rules.new_after then rules.new_groups end"
)


def rules() -> Rules:
    """What holds for the whole site."""
    with database.default().transaction() as cursor:
        return _rules(cursor)


def limits(groups: Collection[int]) -> dict[int, int]:
    """Bytes that each of these groups may have; those without a limit are missing."""
    with database.default().transaction() as cursor:
        return _limits(cursor, groups)


def own_limits() -> dict[int, int | None]:
    """The limits that somebody has set, by group; nothing for a group that is to have none."""
    with database.default().transaction() as cursor:
        cursor.execute("select group_id, bytes from omero_plugin_quotas")
        return {row["group_id"]: row["bytes"] for row in cursor.fetchall()}


def any_limit() -> bool:
    """Whether some group has a limit, or a new one would get one."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select exists (select 1 from omero_plugin_quotas where bytes is not null) "
            "or exists (select 1 from omero_plugin_quota_rules where new_groups is not null) as any"
        )
        row = cursor.fetchone()
    return bool(row and row["any"])


def set_limits(wanted: Mapping[Group, int | None], who: Who) -> list[Group]:
    """Set the limits of groups, all of them or none.

    Args:
        wanted: bytes by group; nothing for no limit, also where new groups get one.
        who: for the history.

    Returns:
        The groups whose limit is another one now.

    Raises:
        ValueError: a limit is less than the minimum; nothing was changed.
    """
    with database.default().transaction() as cursor:
        least = _locked_rules(cursor).minimum
        for group, most in wanted.items():
            if most is not None and most < least:
                raise ValueError(
                    f"The limit of {group.name} is {most} bytes, and the least is {least}"
                )
        cursor.execute("select group_id, bytes from omero_plugin_quotas")
        before = {row["group_id"]: row["bytes"] for row in cursor.fetchall()}
        counted = _limits(cursor, [group.id for group in wanted])
        changed = [
            group
            for group, most in wanted.items()
            if group.id not in before or before[group.id] != most
        ]
        for group in changed:
            cursor.execute(
                "insert into omero_plugin_quotas (group_id, bytes) values (%s, %s) "
                "on conflict (group_id) do update set bytes = excluded.bytes",
                (group.id, wanted[group]),
            )
            # One of the rule for new groups counted as well.
            _write(cursor, "limit", group, (counted.get(group.id), wanted[group]), who)
    return changed


def set_rules(wanted: Rules, who: Who) -> None:
    """Set what holds for the whole site.

    Args:
        wanted: `new_after` counts only where new groups got no limit so far: later ones stay new.
        who: for the history.
    """
    with database.default().transaction() as cursor:
        before = _locked_rules(cursor)
        after = before.new_after if before.new_groups is not None else wanted.new_after
        cursor.execute(
            "update omero_plugin_quota_rules set minimum = %s, new_groups = %s, new_after = %s",
            (wanted.minimum, wanted.new_groups, after),
        )
        if before.minimum != wanted.minimum:
            _write(cursor, "minimum", None, (before.minimum, wanted.minimum), who)
        if before.new_groups != wanted.new_groups:
            _write(cursor, "new groups", None, (before.new_groups, wanted.new_groups), who)


def history(limit: int, before: int | None = None) -> list[dict[str, Any]]:
    """What was changed, the newest first.

    Args:
        limit: lines at most.
        before: only lines that are older than the one with this id.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "select id, moment, what, group_id, group_name, before, after, user_name, why "
            "from omero_plugin_quota_history where %s::bigint is null or id < %s "
            "order by id desc limit %s",
            (before, before, limit),
        )
        return [dict(row) for row in cursor.fetchall()]


# --- what groups use


def usage(groups: Collection[int]) -> dict[int, Usage]:
    """The last count of these groups; those that were never counted are missing."""
    with database.default().transaction() as cursor:
        cursor.execute(
            "select group_id, bytes, counted, standing from omero_plugin_group_usage "
            "where group_id = any(%s)",
            (list(groups),),
        )
        return {
            row["group_id"]: Usage(row["bytes"], row["counted"], row["standing"])
            for row in cursor.fetchall()
        }


def store_usage(groups: Sequence[Group], used: Mapping[int, int]) -> list[tuple[Group, Standing]]:
    """Store a count.

    Args:
        groups: that were counted.
        used: bytes by the id of the group; a group without files may be missing.

    Returns:
        The groups that have another standing since, with it.
    """
    most = limits([group.id for group in groups])
    before = usage([group.id for group in groups])
    changed = []
    with database.default().transaction() as cursor:
        for group in groups:
            now = standing_of(used.get(group.id, 0), most.get(group.id))
            cursor.execute(
                "insert into omero_plugin_group_usage "
                "(group_id, group_name, bytes, counted, standing) values (%s, %s, %s, now(), %s) "
                "on conflict (group_id) do update set group_name = excluded.group_name, "
                "bytes = excluded.bytes, counted = excluded.counted, standing = excluded.standing",
                (group.id, group.name, used.get(group.id, 0), now),
            )
            was = before[group.id].standing if group.id in before else "free"
            if was != now:
                changed.append((group, now))
                _write(cursor, "standing", group, (was, now), None)
    return changed


def forget_others(groups: Collection[int]) -> None:
    """Delete the counts of groups that OMERO no longer has.

    Args:
        groups: all groups that it has.
    """
    with database.default().transaction() as cursor:
        cursor.execute(
            "delete from omero_plugin_group_usage where group_id <> all(%s)", (list(groups),)
        )


def counted_with_limits() -> list[Counted]:
    """Every group with a limit that was counted, in no order; one query."""
    with database.default().transaction() as cursor:
        cursor.execute(
            f"select wanted.id, group_name, wanted.bytes as used, {_LIMIT} as most, counted "  # noqa: S608 - a constant of this file
            "from (select *, group_id as id from omero_plugin_group_usage) as wanted "
            "cross join omero_plugin_quota_rules as rules "
            "left join omero_plugin_quotas as own on own.group_id = wanted.id"
        )
        return [
            Counted(Group(row["id"], row["group_name"]), row["used"], row["most"], row["counted"])
            for row in cursor.fetchall()
            if row["most"] is not None
        ]


def _limits(cursor: Cursor, groups: Collection[int]) -> dict[int, int]:
    cursor.execute(
        f"select wanted.id, {_LIMIT} as bytes "  # noqa: S608 - a constant of this file
        "from unnest(%s::bigint[]) as wanted (id) cross join omero_plugin_quota_rules as rules "
        "left join omero_plugin_quotas as own on own.group_id = wanted.id",
        (list(groups),),
    )
    return {row["id"]: row["bytes"] for row in cursor.fetchall() if row["bytes"] is not None}


def _rules(cursor: Cursor) -> Rules:
    cursor.execute("select minimum, new_groups, new_after from omero_plugin_quota_rules")
    row = cursor.fetchone()
    return Rules(1, None, None) if row is None else Rules(**row)


def _locked_rules(cursor: Cursor) -> Rules:
    """The rules; who else wants to change something waits, so the history has each step."""
    cursor.execute("select 1 from omero_plugin_quota_rules for update")
    return _rules(cursor)


def _write(
    cursor: Cursor, what: str, group: Group | None, change: tuple[object, object], who: Who | None
) -> None:
    before, after = (None if each is None else str(each) for each in change)
    cursor.execute(
        "insert into omero_plugin_quota_history "
        "(what, group_id, group_name, before, after, user_id, user_name, why) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s)",
        (
            what, group.id if group else None, group.name if group else "", before, after,
            who.user_id if who else None, who.user_name if who else "", who.why if who else "",
        ),
    )  # fmt: skip
