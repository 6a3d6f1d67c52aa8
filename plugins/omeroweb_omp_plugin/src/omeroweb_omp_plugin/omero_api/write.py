"""New sets of pairs on images, wells and plates, and tags on images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero
import omero.model
from omero.rtypes import rstring

from omero_plugin_common.omero_api import hql
from omero_plugin_common.steps.undo import REFUSED
from omeroweb_omp_plugin.planning import Pairs
from omeroweb_omp_plugin.planning.existing import Kind
from omeroweb_omp_plugin.planning.ownership import Signed
from omeroweb_omp_plugin.planning.tags import NewTag

LINKS: Final = 1000
# What OMERO says of an object, not of itself: the other objects of the call are not to blame.
_REFUSALS: Final = (omero.ApiUsageException, omero.ValidationException, omero.SecurityViolation)


@dataclass(frozen=True, slots=True)
class NewSet:
    """A set of pairs for one image, well or plate.

    Attributes:
        image: its id.
        pairs: names and values in their order.
        namespace: of the annotation; empty for none.
        description: of the annotation; empty for none.
        annotation: id of an annotation that has all this and is linked to it, instead of a
            new one; 0 for a new one.
    """

    image: int
    pairs: Pairs
    namespace: str
    description: str
    annotation: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What became of some sets.

    Attributes:
        links: ids of the links between objects and sets, in the order of the sets; `REFUSED`
            where OMERO did not accept one.
        refused: what OMERO said of the objects that it refused, by id.
    """

    links: list[int]
    refused: dict[int, str]


def signed_set(image: int, wanted: Signed) -> NewSet:
    """A set of the plugin's own."""
    return NewSet(image, wanted.pairs, wanted.namespace, wanted.description)


def write_sets(
    conn: Any, group: int, wanted: Sequence[NewSet | NewTag], kind: Kind = "Image"
) -> Written:
    """Give images, wells or plates of one group new sets or tags, 1000 in one call of OMERO.

    Args:
        conn: the user's gateway.
        group: the objects' group.
        wanted: the sets, and tags that exist.
        kind: what they are for.
    """
    links: list[int] = []
    refused: dict[int, str] = {}
    for some in hql.batches(wanted, LINKS):
        saved = _save(conn, group, some, kind)
        links += saved.links
        refused |= saved.refused
    return Written(links, refused)


def _save(conn: Any, group: int, wanted: Sequence[NewSet | NewTag], kind: Kind) -> Written:
    """All of them in one transaction; when OMERO refuses one, each half by itself."""
    links = [_link(each, kind) for each in wanted]
    try:
        ids = conn.getUpdateService().saveAndReturnIds(links, hql.context(conn, group))
    except _REFUSALS as error:
        if len(wanted) == 1:
            return Written([REFUSED], {wanted[0].image: _reason(error)})
        half = len(wanted) // 2
        one = _save(conn, group, wanted[:half], kind)
        two = _save(conn, group, wanted[half:], kind)
        return Written(one.links + two.links, one.refused | two.refused)
    return Written([int(each) for each in ids], {})


def _reason(error: Any) -> str:
    """Why OMERO refused an object, for the user."""
    if isinstance(error, omero.SecurityViolation):
        return "OMERO does not allow this with your permissions"
    text = str(error.message or type(error).__name__)
    return f"OMERO did not accept it: {text.splitlines()[0][:300]}"


def _link(wanted: NewSet | NewTag, kind: Kind) -> Any:
    link = getattr(omero.model, f"{kind}AnnotationLinkI")()
    link.parent = getattr(omero.model, f"{kind}I")(wanted.image, False)
    if isinstance(wanted, NewTag):
        link.child = omero.model.TagAnnotationI(wanted.annotation, False)
        return link
    if wanted.annotation:
        link.child = omero.model.MapAnnotationI(wanted.annotation, False)
        return link
    annotation = omero.model.MapAnnotationI()
    if wanted.namespace:
        annotation.ns = rstring(wanted.namespace)
    if wanted.description:
        annotation.description = rstring(wanted.description)
    annotation.setMapValue([omero.model.NamedValue(name, value) for name, value in wanted.pairs])
    link.child = annotation
    return link
