"""What a command takes along: from target rows to everything that goes with them.

The rules are those of the server, put shortly:

- parts go with their whole (`relations.PARTS`), and rows go with what they cannot be without;
- links of a row that goes are cut, from both sides;
- a child behind a link, and what `relations.TAKES` and `relations.WAITING` name, goes along when
  nobody else holds it (an orphan) and the caller may do that; child options decide before that;
- tags and attachments go along with objects of their own owner only;
- a fileset goes whole or not at all: as long as one of its images is held, all are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from omero_standin import refuse
from omero_standin.model import relations, schema
from omero_standin.model.relations import Reference
from omero_standin.model.store import Ref, Row, Store

# These are there for everybody: nothing takes them along.
_COMMON: Final = ("Experimenter", "ExperimenterGroup", "Event", "Session", "Namespace", "Node")


class GraphError(Exception):
    """A graph that may not be changed as asked; the message is what clients see."""


@dataclass(frozen=True, slots=True)
class Option:
    """One child option of a request. Namespaces narrow it down for annotations."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    only_ns: frozenset[str] = frozenset()
    not_ns: frozenset[str] = frozenset()

    def decides(self, row: Row) -> bool | None:
        """True for in, False for out, `None` for "ask the next one"."""
        if schema.is_a(row.kind, "Annotation"):
            ns = row.values.get("ns")
            if ns in self.not_ns or (self.only_ns and ns not in self.only_ns):
                return None
        if any(schema.is_a(row.kind, each) for each in self.include):
            return True
        return False if any(schema.is_a(row.kind, each) for each in self.exclude) else None


@dataclass(slots=True)
class Plan:
    """The rows that go, the links between two of them, and those that are cut."""

    rows: dict[Ref, Row] = field(default_factory=dict)
    inner: dict[Ref, Row] = field(default_factory=dict)
    cut: dict[Ref, Row] = field(default_factory=dict)

    def __contains__(self, ref: Ref | None) -> bool:
        """Whether a row goes."""
        return ref in self.rows


class Graph:
    """The rows of one request and the way from them to others."""

    def __init__(
        self,
        store: Store,
        options: Iterable[Option],
        may_take: Callable[[Row], bool],
        unasked: tuple[str, ...] = (),
        follows: Callable[[Row], bool] = lambda _row: True,
        together: tuple[str, ...] = ("fileset",),
    ) -> None:
        """`may_take` says whether the caller may do with an orphan what it does with targets.

        Orphans of the types in `unasked` go along whatever the caller may do; those that do not
        `follows` stay all the same. Images that share a row of the members in `together` go
        together or not at all.
        """
        self._store = store
        self._options = tuple(options)
        self._may_take = may_take
        self._unasked = unasked
        self._follows = follows
        self._together = together

    def plan(self, targets: Iterable[Row], *, orphans_only: bool = True) -> Plan:
        """Everything that goes with the targets.

        Without `orphans_only` children go along though others hold them.
        """
        plan = Plan()
        links: dict[Ref, Row] = {}
        waiting: dict[Ref, Row] = {}
        fresh = list(targets)
        while fresh:
            self._add(fresh, plan, links, waiting, orphans_only=orphans_only)
            going = {
                row.ref: row
                for row in waiting.values()
                if row.ref not in plan and self._goes(row, plan, orphans_only=orphans_only)
            }
            fresh = self._unheld(plan, going)
        for link in links.values():
            # Somebody may have asked for the link itself as well.
            if link.ref in plan:
                continue
            inside = link.values["parent"] in plan and link.values["child"] in plan
            (plan.inner if inside else plan.cut)[link.ref] = link
        return plan

    def children(self, row: Row) -> Iterator[Row]:
        """The rows directly below one: its parts, linked children and what it takes along."""
        for reference in relations.among(row.kind, relations.PARTS):
            yield from self._store.referring(*reference, row.ref)
        yield from self._taken(row)

    def parents(self, row: Row) -> Iterator[Row]:
        """The rows directly above one."""
        for reference in relations.PARTS:
            if schema.is_a(row.kind, reference.kind) and (ref := row.values.get(reference.member)):
                yield self._store.get(*ref)
        for link in relations.links_to(row.kind):
            for each in self._store.referring(link.kind, "child", row.ref):
                yield self._store.get(*each.values["parent"])
        for reference in relations.among(row.kind, relations.TAKES):
            for each in self._store.referring(*reference, row.ref):
                if not schema.is_link(each.kind):
                    yield each
                else:
                    yield self._store.get(*each.values["child"])

    def loose_ends(self, plan: Plan) -> Iterator[tuple[Row, str]]:
        """Rows that stay, with the member through which they refer to one that goes."""
        for row in plan.rows.values():
            for reference in relations.references_to(row.kind):
                for each in self._store.referring(*reference, row.ref):
                    if each.ref not in plan:
                        yield each, reference.member

    def check_whole(self, plan: Plan, verb: str) -> None:
        """An error when a fileset would be split, or an image torn from its well."""
        images = [row for row in plan.rows.values() if row.kind == "Image"]
        split = self._held(plan, plan.rows)
        for row in images:
            for shared in self._shared(row) & split.keys():
                stays = f"while Image[{split[shared].id}] remains"
                if shared.kind == "Fileset":
                    raise GraphError(
                        f"within Fileset[{shared.id}] may not {verb} Image[{row.id}] {stays}"
                    )
                raise GraphError(
                    f"may not {verb} Image[{row.id}] {stays} as they share "
                    f"{shared.kind}[{shared.id}]"
                )
            for sample in self._store.referring("WellSample", "image", row.ref):
                if sample.ref not in plan:
                    raise GraphError(
                        f"may not {verb} Image[{row.id}] while WellSample[{sample.id}] remains"
                    )

    def is_orphan(self, row: Row, plan: Plan) -> bool:
        """Whether nothing that stays holds a row."""
        for reference in relations.HELD:
            whole = row.values.get(reference.member) if reference.kind == row.kind else None
            if whole is not None and whole not in plan:
                return False
        for link in relations.links_to(row.kind):
            # Original files are the parents in their map, though the pixels have them.
            if link.kind == "PixelsOriginalFileMap":
                continue
            for each in self._store.referring(link.kind, "child", row.ref):
                if each.ref not in plan and each.values["parent"] not in plan:
                    return False
        if row.kind == "OriginalFile":
            for each in self._store.referring("PixelsOriginalFileMap", "parent", row.ref):
                if each.values["child"] not in plan:
                    return False
        parts = relations.among(row.kind, relations.PARTS)
        return all(
            each.ref in plan
            for reference in relations.references_to(row.kind)
            if reference not in parts and not _inherits(reference, parts)
            for each in self._store.referring(*reference, row.ref)
        )

    def _unheld(self, plan: Plan, going: dict[Ref, Row]) -> list[Row]:
        """Those that go, without images that share something with one that stays."""
        while held := self._held(plan, going):
            stay = [
                row.ref
                for row in going.values()
                if row.kind == "Image"
                and self._shared(row) & held.keys()
                and not self._decided(row)
            ]
            if not stay:
                break
            going = {ref: row for ref, row in going.items() if ref not in stay}
        return list(going.values())

    def _held(self, plan: Plan, going: dict[Ref, Row]) -> dict[Ref, Row]:
        """What images that go share with an image that stays, and that image."""
        found: dict[Ref, Row] = {}
        images = [row for row in going.values() if row.kind == "Image"]
        for member in self._together:
            for shared in {each for row in images if (each := row.values.get(member))}:
                for each in self._store.referring("Image", member, shared):
                    if each.ref not in plan and each.ref not in going:
                        found[shared] = each
                        break
        return found

    def _shared(self, image: Row) -> set[Ref]:
        return {each for member in self._together if (each := image.values.get(member))}

    def _add(
        self,
        fresh: list[Row],
        plan: Plan,
        links: dict[Ref, Row],
        waiting: dict[Ref, Row],
        *,
        orphans_only: bool,
    ) -> None:
        while fresh:
            row = fresh.pop()
            if row.ref in plan:
                continue
            plan.rows[row.ref] = row
            if (external := row.values.get("@externalInfo")) is not None:
                fresh.append(self._store.get(*external))
            for references in (relations.PARTS, relations.NEEDS):
                for reference in relations.among(row.kind, references):
                    found = self._store.referring(*reference, row.ref)
                    if reference not in relations.WAITING:
                        fresh.extend(found)
                    else:
                        waiting.update({each.ref: each for each in found})
            for end, kinds in (
                ("parent", relations.links_from(row.kind)),
                ("child", relations.links_to(row.kind)),
            ):
                for kind in kinds:
                    found = self._store.referring(kind.kind, end, row.ref)
                    links.update({each.ref: each for each in found})
            for each in self._taken(row):
                if not orphans_only or _concerns(row, each):
                    waiting[each.ref] = each

    def _taken(self, row: Row) -> Iterator[Row]:
        refs = [row.values.get(member) for member in relations.taken_by(row.kind)]
        for link in relations.links_from(row.kind):
            if link.kind != "PixelsOriginalFileMap":
                found = self._store.referring(link.kind, "parent", row.ref)
                refs.extend(each.values["child"] for each in found)
        if row.kind.endswith("AnnotationLink"):
            refs.append(row.values["child"])
        if row.kind == "Pixels":
            found = self._store.referring("PixelsOriginalFileMap", "child", row.ref)
            refs.extend(each.values["parent"] for each in found)
        for ref in refs:
            if ref is not None and ref.kind not in _COMMON:
                yield self._store.get(*ref)

    def _goes(self, row: Row, plan: Plan, *, orphans_only: bool) -> bool:
        if row.kind == "Image" and row.values.get("fileset") in plan:
            return True
        if (decision := self._decided(row)) is not None:
            return decision
        if not orphans_only:
            return True
        allowed = any(schema.is_a(row.kind, each) for each in self._unasked)
        if not self._follows(row) or not (allowed or self._may_take(row)):
            return False
        return self.is_orphan(row, plan)

    def _decided(self, row: Row) -> bool | None:
        """What the child options say; they take nothing along that the caller has no right to."""
        for option in self._options:
            decision = option.decides(row)
            if decision is False or (decision and self._may_take(row)):
                return decision
        return None


def _concerns(holder: Row, child: Row) -> bool:
    """Whether a row that goes asks for a child at all, orphan or not."""
    if holder.kind.endswith("AnnotationLink"):
        return any(schema.is_a(child.kind, kind) for kind in relations.WITH_LINK)
    if any(schema.is_a(child.kind, kind) for kind in relations.OWNERS_OWN):
        return holder.owner == child.owner
    if child.kind == "OriginalFile" and schema.is_a(holder.kind, "Job"):
        return holder.kind in relations.IMPORT_JOBS and holder.owner == child.owner
    return True


def _inherits(reference: Reference, parts: tuple[Reference, ...]) -> bool:
    """Whether a reference is a part's by inheritance: a rectangle's `roi` is a shape's."""
    return any(
        reference.member == part.member and schema.is_a(reference.kind, part.kind) for part in parts
    )


def kind_of(name: str) -> str:
    """The type of a name as clients write it; an error when OMERO has none."""
    kind = schema.named(name)
    if kind is None:
        raise refuse.usage(f"unknown model object class named: {name}")
    return kind


def targets(store: Store, named: dict[str, list[int]], sees: Callable[[Row], bool]) -> list[Row]:
    """The rows that a request names; an error when the caller cannot see them all."""
    found = []
    for name, ids in named.items():
        rows = [store.find(kind_of(name), each) for each in dict.fromkeys(ids)]
        seen = [row for row in rows if row is not None and sees(row)]
        if len(seen) != len(rows):
            kind = schema.java_name(kind_of(name))
            raise GraphError(f"cannot read all the specified objects of class {kind}")
        found.extend(seen)
    return found


def by_name(rows: Iterable[Row]) -> dict[str, list[int]]:
    """Ids by full type name, as answers list them."""
    found: dict[str, list[int]] = {}
    for row in rows:
        found.setdefault(schema.java_name(row.kind), []).append(row.id)
    return {name: sorted(ids) for name, ids in sorted(found.items())}
