"""Makes the rows of one import: all belong to the fileset's owner, in its group."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from omero_standin.imports import ome_xml
from omero_standin.model.store import Row, Store


class Maker:
    """New rows, and those that elements of OME-XML have become, by the elements' ids."""

    def __init__(self, store: Store, owner: int, group: int) -> None:
        """Nothing is made yet."""
        self.store = store
        self._ownership = {"owner": owner, "group": group}
        self._made: dict[str, Row] = {}

    def add(self, kind: str, **values: Any) -> Row:
        """A new row; members without a value are left out."""
        known = {name: value for name, value in values.items() if value is not None}
        return self.store.insert(kind, known, **self._ownership)

    def of(self, kind: str, element: Element, **more: Any) -> Row:
        """A new row with what an element says, and `more`; found by its id from now on."""
        row = self.add(kind, **ome_xml.values(self.store, kind, element) | more)
        return self.remember(element, row)

    def remember(self, element: Element, row: Row) -> Row:
        """Have an element's references lead to a row."""
        if "ID" in element.attrib:
            self._made[element.attrib["ID"]] = row
        return row

    def made(self, reference: str) -> Row | None:
        """What the element with an id has become; None when it has become nothing."""
        return self._made.get(reference)

    def link(self, kind: str, parent: Row, child: Row) -> Row:
        """A link of a type."""
        return self.add(kind, parent=parent.ref, child=child.ref)
