"""Joins: from the row of one alias to the rows of the next, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from omero_standin.hql.scope import Alias
from omero_standin.hql.steps import ROW, Step
from omero_standin.hql.values import Pair
from omero_standin.model import schema
from omero_standin.model.store import Ref, Row, Store

Frame = list[Any]


@dataclass(frozen=True, slots=True)
class Edge:
    """The join that defines an alias: from its origin along a path to the last member of it."""

    origin: Alias
    alias: Alias
    parts: tuple[str, ...]
    # From the frame to the value whose member is joined, and the member.
    holder: Callable[[Frame], Any]
    last: Step

    @property
    def single(self) -> bool:
        """Whether it leads to one row at most."""
        return self.last.type.tag in (ROW, "unit")

    @property
    def certain(self) -> bool:
        """Whether there is always a row at its end."""
        return self.parts[-2:-1] == ("details",) and self.parts[-1] != "externalInfo"

    @property
    def idle(self) -> bool:
        """Whether leaving it out leaves the same lines."""
        return self.single and (self.certain or not self.alias.required)

    @property
    def short(self) -> bool:
        """Whether the path has one step only, so that the way back is known."""
        return len(self.parts) == 1 and self.last.member is not None

    def forward(self, sees: Callable[[Row], bool]) -> Callable[[Frame], Sequence[Any]]:
        """The rows that the origin's row leads to."""
        holder, get, tag = self.holder, self.last.get, self.last.type.tag

        def one(frame: Frame) -> Sequence[Any]:
            value = holder(frame)
            found = None if value is None else get(value)
            return () if found is None else (found,)

        def many(frame: Frame) -> Sequence[Any]:
            value = holder(frame)
            return () if value is None else [row for row in get(value) if sees(row)]

        def pairs(frame: Frame) -> Sequence[Any]:
            value = holder(frame)
            found = None if value is None else get(value)
            return [Pair(name, text, at) for at, (name, text) in enumerate(found or ())]

        return {"rows": many, "pairs": pairs}.get(tag, one)

    def backward(
        self, store: Store, sees: Callable[[Row], bool]
    ) -> Callable[[Frame], Sequence[Any]]:
        """The rows of the origin that lead to the alias's row."""
        slot, kind, member = self.alias.slot, self.origin.type.kind, self.last.member
        assert member is not None
        if member.shape is schema.Shape.ONE:

            def referring(frame: Frame) -> Sequence[Any]:
                return [
                    row for row in store.holding(kind, member.name, frame[slot].ref) if sees(row)
                ]

            return referring
        back = schema.inverse(kind, member.target)

        def owner(frame: Frame) -> Sequence[Any]:
            held: Ref | None = frame[slot].values.get(back)
            row = store.find(kind, held.id) if held is not None else None
            return (row,) if row is not None and sees(row) else ()

        return owner

    def holds(self, frame: Frame) -> bool:
        """Whether the rows that both sides have now belong together."""
        value = self.holder(frame)
        found = None if value is None else self.last.get(value)
        wanted = frame[self.alias.slot]
        if self.last.type.tag == "rows":
            back = schema.inverse(value.kind, self.last.type.kind) if value is not None else ""
            return value is not None and wanted.values.get(back) == value.ref
        return found is wanted
