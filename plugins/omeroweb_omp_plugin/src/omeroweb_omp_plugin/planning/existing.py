"""A set of key-value pairs that an image, a well or a plate has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from omeroweb_omp_plugin.planning.pairs import Pairs

# Of what pairs are written to.
Kind = Literal["Image", "Well", "Plate"]
# Of the sets that OMERO.web shows as the user's own and lets them edit:
# https://docs.openmicroscopy.org/omero/5.6/developers/Model/KeyValuePairs.html
CLIENT_NAMESPACE: Final = "openmicroscopy.org/omero/client/mapAnnotation"


@dataclass(frozen=True, slots=True)
class Existing:
    """One map annotation on one object.

    Attributes:
        annotation: its id.
        link: id of the link between object and annotation; another object has another link.
        namespace: of the annotation; empty when it has none.
        description: of the annotation; empty when it has none.
        pairs: names and values in their order.
        owner: id of the user who owns the annotation.
        removable: whether the link may be deleted, which takes the set from this object.
        deletable: whether the annotation itself may be deleted.
    """

    annotation: int
    link: int
    namespace: str
    description: str
    pairs: Pairs
    owner: int
    removable: bool
    deletable: bool
