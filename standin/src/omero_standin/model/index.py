"""Indexes over rows: which rows hold a value in a member.

An index is made when it is first asked for and kept up to date from then on: loading many rows
costs nothing for the indexes that nobody uses.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from typing import Any

from omero_standin.model.row import Row

# The rows of a bucket, by id.
_Index = dict[Any, list[Row]]


class Indexes:
    """The indexes of all types, by type and member."""

    def __init__(self, table: Callable[[str], dict[int, Row]]) -> None:
        """`table` gives the rows of a type, by id."""
        self._table = table
        self._made: dict[str, dict[str, _Index]] = {}

    def get(self, kind: str, member: str, value: Any) -> Sequence[Row]:
        """The rows of exactly this type that hold the value."""
        made = self._made.setdefault(kind, {})
        index = made.get(member)
        if index is None:
            index = made[member] = {}
            for row in self._table(kind).values():
                index.setdefault(_value(row, member), []).append(row)
        return index.get(value, ())

    def add(self, row: Row) -> None:
        """Take a row in."""
        for member, index in self._made.get(row.kind, {}).items():
            bucket = index.setdefault(_value(row, member), [])
            if bucket and bucket[-1].id > row.id:
                insort(bucket, row, key=_id)
            else:
                bucket.append(row)

    def remove(self, row: Row) -> None:
        """Leave a row out, before it changes or goes."""
        for member, index in self._made.get(row.kind, {}).items():
            bucket = index[_value(row, member)]
            del bucket[bisect_left(bucket, row.id, key=_id)]


def _value(row: Row, member: str) -> Any:
    if member == "@owner":
        return row.owner
    if member == "@group":
        return row.group
    return row.values.get(member)


def _id(row: Row) -> int:
    return row.id
