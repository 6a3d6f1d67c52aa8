"""The names of a query: its aliases, and what a path's first word means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from omero_standin.hql.steps import ROW, NoSuchMember, Type, step
from omero_standin.hql.tree import Path, Query, Source
from omero_standin.model import schema
from omero_standin.model.store import Store


@dataclass(slots=True, eq=False)
class Alias:
    """A name for the rows of a source: where the frame holds the current one, and its type."""

    name: str
    slot: int
    type: Type
    source: Source
    # The alias that the source's path begins with; none for a type of the model.
    origin: Alias | None = None
    required: bool = field(default=True)


class Scope:
    """The aliases of one query, inside those of the query around it."""

    def __init__(self, store: Store, outer: Scope | None) -> None:
        """No alias yet."""
        self._store = store
        self.outer = outer
        self.own: dict[str, Alias] = {}

    def find(self, name: str) -> Alias | None:
        """The alias of this name, here or further out."""
        if name in self.own:
            return self.own[name]
        return self.outer.find(name) if self.outer else None

    def root(self, path: Path, query: Query) -> tuple[Alias, tuple[str, ...]] | None:
        """The alias that a path begins with, and the rest of the path.

        A bare member (`count(id)`) belongs to a source of the query that has it. None when the
        first word is no name at all.
        """
        if alias := self.own.get(path.text):
            return alias, ()
        if alias := self.find(path.parts[0]):
            return alias, path.parts[1:]
        bare = [alias for alias in self._roots(query) if self._has(alias, path.parts[0])]
        if not bare and self.outer is not None:
            return self.outer.root(path, query)
        return (bare[0], path.parts) if bare else None

    def only_root(self, query: Query) -> Alias | None:
        """The query's root when it has just one."""
        roots = list(self._roots(query))
        return roots[0] if len(roots) == 1 else None

    def _roots(self, query: Query) -> Iterator[Alias]:
        return (alias for alias in self.own.values() if alias.origin is None)

    def _has(self, alias: Alias, part: str) -> bool:
        try:
            step(self._store, alias.type, part)
        except NoSuchMember:
            return False
        return True


def type_named(text: str) -> str | None:
    """The model type that a word names, by its short or its full name."""
    package, _, name = text.rpartition(".")
    if package and not package.startswith("ome.model"):
        return None
    return name if schema.exists(name) else None


def name_of(source: Source) -> str:
    """The alias of a source; one that has none goes by its own text."""
    return source.alias or source.path.text


def row_type(kind: str) -> Type:
    """The type of a model type's rows."""
    return Type(ROW, kind)
