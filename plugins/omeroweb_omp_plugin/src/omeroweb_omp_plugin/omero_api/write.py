"""New sets of pairs on images."""

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
from omeroweb_omp_plugin.planning import Pairs
from omeroweb_omp_plugin.planning.existing import CLIENT_NAMESPACE
from omeroweb_omp_plugin.planning.ownership import Signed

LINKS: Final = 1000
# What OMERO says of an object, not of itself: the other objects of the call are not to blame.
_REFUSALS: Final = (omero.ApiUsageException, omero.ValidationException, omero.SecurityViolation)


@dataclass(frozen=True, slots=True)
class NewSet:
    """A set of pairs for one image.

    Attributes:
        image: id of the image.
        pairs: names and values in their order.
        namespace: of the annotation; empty for none.
        description: of the annotation; empty for none.
    """

    image: int
    pairs: Pairs
    namespace: str
    description: str


def signed_set(image: int, wanted: Signed) -> NewSet:
    """A set of the plugin's own, which OMERO.web shows as the user's and lets them edit."""
    return NewSet(image, wanted.pairs, CLIENT_NAMESPACE, wanted.description)


def write_sets(conn: Any, group: int, wanted: Sequence[NewSet]) -> dict[int, str]:
    """Give images of one group new sets, 1000 in one call of OMERO.

    Args:
        conn: the user's gateway.
        group: the images' group.
        wanted: the sets.

    Returns:
        What OMERO said of the images that it refused, by id; all others have their set.
    """
    refused: dict[int, str] = {}
    for some in hql.batches(wanted, LINKS):
        refused |= _save(conn, group, some)
    return refused


def _save(conn: Any, group: int, wanted: Sequence[NewSet]) -> dict[int, str]:
    """All of them in one transaction; when OMERO refuses one, each half by itself."""
    links = [_link(each) for each in wanted]
    try:
        conn.getUpdateService().saveAndReturnIds(links, hql.context(conn, group))
    except _REFUSALS as error:
        if len(wanted) == 1:
            return {wanted[0].image: _reason(error)}
        half = len(wanted) // 2
        return _save(conn, group, wanted[:half]) | _save(conn, group, wanted[half:])
    return {}


def _reason(error: Any) -> str:
    """Why OMERO refused an object, for the user."""
    if isinstance(error, omero.SecurityViolation):
        return "OMERO does not allow this with your permissions"
    text = str(error.message or type(error).__name__)
    return f"OMERO did not accept it: {text.splitlines()[0][:300]}"


def _link(wanted: NewSet) -> Any:
    annotation = omero.model.MapAnnotationI()
    if wanted.namespace:
        annotation.ns = rstring(wanted.namespace)
    if wanted.description:
        annotation.description = rstring(wanted.description)
    annotation.setMapValue([omero.model.NamedValue(name, value) for name, value in wanted.pairs])
    link = omero.model.ImageAnnotationLinkI()
    link.parent = omero.model.ImageI(wanted.image, False)
    link.child = annotation
    return link
