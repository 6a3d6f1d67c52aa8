"""How OMERO's types hang together: what is part of what, what cannot do without what.

The sets follow the required properties of OMERO's model and the server's rules for graph
operations (`blitz-graph-rules.xml`). Each entry is a type and the member through which it refers.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

import omero.model

from omero_standin.model import schema


class Reference(NamedTuple):
    """A member of a type that refers to another row."""

    kind: str
    member: str


class LinkType(NamedTuple):
    """A type whose rows join a parent and a child."""

    kind: str
    parent: str
    child: str


def _pairs(text: str) -> frozenset[Reference]:
    return frozenset(Reference(*each.split(".")) for each in text.split())


# A part goes wherever its whole goes, and does not hold it.
PARTS: Final = _pairs(
    "Pixels.image Roi.image Channel.pixels PlaneInfo.pixels RenderingDef.pixels Thumbnail.pixels "
    "ChannelBinding.renderingDef CodomainMapContext.channelBinding Shape.roi Well.plate "
    "PlateAcquisition.plate WellSample.well WellSample.plateAcquisition Reagent.screen "
    "FilesetEntry.fileset Detector.instrument Objective.instrument Filter.instrument "
    "Dichroic.instrument LightSource.instrument FilterSet.instrument OTF.instrument "
    "MicrobeamManipulation.experiment ProjectionDef.renderingDef Folder.parentFolder"
)
# Of these and the next ones, what does not go at once, but as an orphan.
WAITING: Final = _pairs("Image.fileset Roi.image Folder.parentFolder")
# Parts that other rows lead to as well: their whole holds them.
HELD: Final = _pairs("Roi.image Reagent.screen")
# Such a row cannot be without the one it refers to, and holds it.
NEEDS: Final = _pairs(
    "Image.fileset FileAnnotation.file Channel.logicalChannel "
    "RenderingDef.quantization ObjectiveSettings.objective DetectorSettings.detector "
    "LightSettings.lightSource"
)
# What a row takes along when nobody else refers to it.
TAKES: Final = _pairs(
    "Image.fileset Image.instrument Image.objectiveSettings Image.imagingEnvironment "
    "Image.stageLabel Image.experiment Channel.statsInfo Channel.logicalChannel "
    "LogicalChannel.detectorSettings LogicalChannel.lightSourceSettings LogicalChannel.lightPath "
    "RenderingDef.quantization FilesetEntry.originalFile FileAnnotation.file WellSample.image "
    "PixelsOriginalFileMap.parent Filter.transmittanceRange Instrument.microscope"
)
# Annotations that go with the last link to them; tags and attachments outlive it.
WITH_LINK: Final = (
    "BasicAnnotation", "CommentAnnotation", "ListAnnotation", "MapAnnotation", "XmlAnnotation",
)  # fmt: skip
# Annotations that go with an object of their own owner only.
OWNERS_OWN: Final = ("FileAnnotation", "TagAnnotation")
# Jobs that take their files along: those of an import, not scripts.
IMPORT_JOBS: Final = (
    "IndexingJob", "MetadataImportJob", "PixelDataJob", "ThumbnailGenerationJob", "UploadJob",
)  # fmt: skip
_NO_LINK: Final = frozenset({"GroupExperimenterMap", "Link"})


@cache
def links() -> tuple[LinkType, ...]:
    """All types of links."""
    found = []
    for kind in _kinds():
        if kind not in _NO_LINK and schema.is_link(kind):
            ends = schema.members(kind)
            found.append(LinkType(kind, ends["parent"].target, ends["child"].target))
    return tuple(found)


@cache
def links_from(kind: str) -> tuple[LinkType, ...]:
    """The links in which a row of this type can be the parent."""
    return tuple(link for link in links() if schema.is_a(kind, link.parent))


@cache
def links_to(kind: str) -> tuple[LinkType, ...]:
    """The links in which a row of this type can be the child."""
    return tuple(link for link in links() if schema.is_a(kind, link.child))


@cache
def references_to(kind: str) -> tuple[Reference, ...]:
    """Every member of a type that is no link which can refer to a row of this type."""
    return tuple(
        Reference(each, member.name)
        for each in _kinds()
        if not schema.is_link(each)
        for member in schema.members(each).values()
        if member.shape is schema.Shape.ONE and _holds(kind, member.target)
    )


@cache
def among(kind: str, references: frozenset[Reference]) -> tuple[Reference, ...]:
    """The references of a set that can point to a row of this type."""
    return tuple(
        sorted(
            each
            for each in references
            if each.member in schema.members(each.kind)
            and _holds(kind, schema.members(each.kind)[each.member].target)
        )
    )


@cache
def taken_by(kind: str) -> tuple[str, ...]:
    """The members through which a row of this type takes others along."""
    return tuple(sorted(each.member for each in TAKES if schema.is_a(kind, each.kind)))


def _holds(kind: str, target: str) -> bool:
    return schema.exists(target) and schema.is_a(kind, target)


def _kinds() -> list[str]:
    return [
        kind
        for kind in dir(omero.model)
        if schema.exists(kind) and hasattr(omero.model, f"{kind}I")
    ]
