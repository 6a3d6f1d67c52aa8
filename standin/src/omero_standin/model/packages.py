"""The Java packages of OMERO's types: a type's name in queries and results.

The names are those of omero-model's mapping files (`ome.model.core.Image` …).
"""

from __future__ import annotations

from typing import Final

_PACKAGES: Final = {
    "acquisition": (
        "Arc Detector DetectorSettings Dichroic Filament Filter FilterSet "
        "FilterSetEmissionFilterLink FilterSetExcitationFilterLink GenericExcitationSource "
        "ImagingEnvironment Instrument Laser LightEmittingDiode LightPath "
        "LightPathEmissionFilterLink LightPathExcitationFilterLink LightSettings LightSource "
        "Microscope Objective ObjectiveSettings OTF StageLabel TransmittanceRange"
    ),
    "containers": (
        "Dataset DatasetImageLink Folder FolderImageLink FolderRoiLink Project ProjectDatasetLink"
    ),
    "core": (
        "Channel Image Link LogicalChannel OriginalFile Pixels PixelsOriginalFileMap PlaneInfo"
    ),
    "display": (
        "ChannelBinding CodomainMapContext ContrastStretchingContext PlaneSlicingContext "
        "ProjectionDef QuantumDef RenderingDef ReverseIntensityContext Thumbnail"
    ),
    "enums": (
        "AcquisitionMode AdminPrivilege ArcType Binning ChecksumAlgorithm ContrastMethod "
        "Correction DetectorType DimensionOrder EventType ExperimentType Family FilamentType "
        "FilterType Format Illumination Immersion JobStatus LaserMedium LaserType Medium "
        "MicrobeamManipulationType MicroscopeType PhotometricInterpretation PixelsType "
        "ProjectionAxis ProjectionType Pulse RenderingModel"
    ),
    "experiment": "Experiment MicrobeamManipulation",
    "fs": "Fileset FilesetEntry FilesetJobLink",
    "jobs": (
        "ImportJob IndexingJob IntegrityCheckJob Job JobOriginalFileLink MetadataImportJob "
        "ParseJob PixelDataJob ScriptJob ThumbnailGenerationJob UploadJob"
    ),
    "meta": (
        "DBPatch Event EventLog Experimenter ExperimenterGroup ExternalInfo "
        "GroupExperimenterMap Namespace Node Session Share ShareMember"
    ),
    "roi": (
        "AffineTransform Ellipse Label Line Mask Path Point Polygon Polyline Rectangle Roi Shape"
    ),
    "screen": (
        "Plate PlateAcquisition Reagent Screen ScreenPlateLink Well WellReagentLink WellSample"
    ),
    "stats": "StatsInfo",
}
_PACKAGE_OF: Final = {kind: name for name, kinds in _PACKAGES.items() for kind in kinds.split()}


def java_package(kind: str) -> str:
    """The package of a type; annotations and the links to them are in one of their own."""
    if kind.endswith(("Annotation", "AnnotationLink")):
        return "annotations"
    return _PACKAGE_OF.get(kind, "core")
