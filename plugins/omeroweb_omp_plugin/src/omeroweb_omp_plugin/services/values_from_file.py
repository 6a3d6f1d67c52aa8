"""Values from a user's table, and the preview as such a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from omero_plugin_common import spreadsheet
from omero_plugin_common.errors import BadRequest
from omeroweb_omp_plugin.omero_api.wells import wells_of
from omeroweb_omp_plugin.parsing.parser import extensions
from omeroweb_omp_plugin.planning import values_file
from omeroweb_omp_plugin.planning.values_file import NotATable, Table
from omeroweb_omp_plugin.planning.values_match import Images, Matched, match
from omeroweb_omp_plugin.services.preview import change_values, pairs_in
from omeroweb_omp_plugin.services.site_rules import site_rules
from omeroweb_omp_plugin.store import previews, selections
from omeroweb_omp_plugin.store.previews import Preview
from omeroweb_omp_plugin.store.selections import Selection

_MOST_NAMED: Final = 10
_WELL: Final = "well"


@dataclass(frozen=True, slots=True)
class Checked:
    """A table beside the images of a preview.

    Attributes:
        table: the file.
        matched: which rows are for which images.
        new: the values that images do not have in the preview already.
        names: of the images, by id.
    """

    table: Table
    matched: Matched
    new: dict[int, dict[str, str]]
    names: Mapping[int, str]

    def as_json(self) -> dict[str, Any]:
        """As the page gets it."""
        table, matched = self.table, self.matched
        column = matched.column
        return {
            "columns": [name or f"Column {at + 1}" for at, name in enumerate(table.columns)],
            "column": column,
            "by": matched.by,
            "keys": list(table.keys(column).values()),
            "leftOut": table.left_out(column),
            "rows": len(table.rows),
            "matched": matched.matched,
            "several": matched.several,
            "strangers": matched.strangers[:_MOST_NAMED],
            "images": len(self.names),
            "without": len(matched.without),
            "withoutNames": [self.names[each] for each in matched.without[:_MOST_NAMED]],
            "conflicts": matched.conflicts,
            "changing": len(self.new),
            "values": sum(map(len, self.new.values())),
        }


def check(conn: Any, user_id: int, preview_id: UUID, content: bytes, column: int | None) -> Checked:
    """Find the images of a table's rows, and what the rows change.

    Args:
        conn: the user's gateway.
        user_id: the user.
        preview_id: the preview that the values are for.
        content: of a CSV or TSV file.
        column: the place of the column with names or wells; without it, it is found.

    Raises:
        NotFound: there is no such preview of the user.
        BadRequest: the file cannot be used; the message says why.
    """
    preview = previews.load(preview_id, user_id)
    selection = selections.load(preview.selection, user_id)
    try:
        table = values_file.read(content)
    except NotATable as problem:
        raise BadRequest(str(problem), code="not_a_table") from None
    if column is not None and column >= len(table.columns):
        raise BadRequest(f"The file has {len(table.columns)} columns, and none of number {column}")
    wanted = _wanted(preview, selection)
    split = extensions(site_rules()).split

    def wells() -> dict[int, str]:
        named = {
            image: value
            for image, pairs in wanted.items()
            for key, value in pairs.items()
            if key.casefold() == _WELL
        }
        return named | wells_of(conn, list(wanted))

    named = [(each.id, each.name) for each in selection.images]
    images = Images(named, lambda name: split(name)[0], wells)
    matched = match(table, images, column)
    new = {
        image: more
        for image, given in matched.values.items()
        if (more := {k: v for k, v in given.items() if wanted[image].get(k) != v})
    }
    return Checked(table, matched, new, images.names)


def take(conn: Any, user_id: int, preview_id: UUID, content: bytes, column: int | None) -> Preview:
    """A new preview with the values of a table, as if the user had typed them.

    Raises:
        NotFound, BadRequest: as `check`; or two rows for one image differ, or nothing changes.
    """
    checked = check(conn, user_id, preview_id, content, column)
    if checked.matched.conflicts:
        raise BadRequest(
            f"{checked.matched.conflicts[0]}. Keep one of them in the file", code="two_values"
        )
    if not checked.new:
        raise BadRequest("This file gives no image another value", code="nothing_new")
    return change_values(user_id, preview_id, checked.new)


def as_csv(user_id: int, preview_id: UUID) -> Iterator[str]:
    """A preview as a table: what each image has after the write, as far as it is from this page.

    Raises:
        NotFound: there is no such preview of the user.
    """
    preview = previews.load(preview_id, user_id)
    selection = selections.load(preview.selection, user_id)
    wanted = _wanted(preview, selection)

    def rows() -> Iterator[tuple[object, ...]]:
        yield (*values_file.OWN_COLUMNS, *preview.columns)
        for each in selection.images:
            pairs = wanted[each.id]
            yield (each.id, each.name, each.place, *(pairs.get(k, "") for k in preview.columns))

    return spreadsheet.lines(rows())


def _wanted(preview: Preview, selection: Selection) -> dict[int, dict[str, str]]:
    read = pairs_in(preview, selection, selection.images)
    return {image.id: dict(pairs) for image, _, pairs in read}
