"""Importers of OMERO behind one interface: over its API, and by its command line."""

from omeroweb_upload.import_drivers.interface import (
    ImportDriver,
    Imported,
    NotImported,
    Options,
    StagedFile,
    UnitToImport,
    Watch,
)

__all__ = [
    "ImportDriver",
    "Imported",
    "NotImported",
    "Options",
    "StagedFile",
    "UnitToImport",
    "Watch",
]
