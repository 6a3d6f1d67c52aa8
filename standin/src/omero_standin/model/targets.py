"""Which types the graph commands take as targets: a type stands for its subtypes as well.

The lists are those of OMERO.server's rules (`graph-rules/blitz-*-rules.xml`). `IAnnotationLink`
stands for the links to annotations of every type.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

from omero_standin.model import schema

_LINKS: Final = (
    "IAnnotationLink DatasetImageLink ProjectDatasetLink FolderImageLink FolderRoiLink "
    "JobOriginalFileLink ScreenPlateLink WellReagentLink "
)
_ROOTS: Final = "Instrument Annotation Dataset Project Folder Image OriginalFile Experiment "
_PARTS: Final = (
    "Channel LogicalChannel MicrobeamManipulation ExternalInfo AffineTransform Shape "
    "PlateAcquisition Reagent Well WellSample StatsInfo FilesetJobLink RenderingDef Thumbnail "
    "Fileset Job Roi Plate Screen "
)
_ALL: Final = (
    _ROOTS + _LINKS + _PARTS + "Pixels PlaneInfo ChannelBinding CodomainMapContext QuantumDef "
)
_FIND: Final = _ALL + "PixelsOriginalFileMap ProjectionDef FilesetEntry "
_LEGAL: Final = {
    "Chgrp2": _ROOTS + "RenderingDef Thumbnail Fileset Job Roi Plate Screen",
    "Chmod2": "ExperimenterGroup",
    "Chown2": _ROOTS + _LINKS + "RenderingDef Thumbnail Fileset Job Roi Plate Reagent Screen",
    "Delete2": _ROOTS + _LINKS + _PARTS + (
        "DetectorSettings FilterSetEmissionFilterLink FilterSetExcitationFilterLink "
        "ImagingEnvironment LightPathEmissionFilterLink LightPathExcitationFilterLink "
        "LightSettings Microscope ObjectiveSettings StageLabel TransmittanceRange "
        "PixelsOriginalFileMap ProjectionDef GroupExperimenterMap Namespace ShareMember"
    ),
    "DiskUsage2": _FIND + "Experimenter ExperimenterGroup",
    "Duplicate": _ALL,
    "FindChildren": _FIND,
    "FindParents": _FIND,
}  # fmt: skip


@cache
def legal(command: str) -> tuple[str, ...] | None:
    """The types with rows that a command takes; none for a command that takes no targets."""
    if command not in _LEGAL:
        return None
    found = [
        kind
        for name in _LEGAL[command].split()
        for kind in (_annotation_links() if name == "IAnnotationLink" else schema.concrete(name))
    ]
    return tuple(dict.fromkeys(found))


@cache
def takes(command: str, kind: str) -> bool:
    """Whether rows of a type, or of its subtypes, may be targets of a command."""
    return not set(schema.concrete(kind)).isdisjoint(legal(command) or ())


def _annotation_links() -> Iterable[str]:
    return (kind for kind in schema.kinds() if kind.endswith("AnnotationLink"))
