"""The values that OMERO's enumerations have from the start.

They are those of the OME model and of the scripts that make OMERO's database. A value that a
client's new object names is used, not made again.
"""

from __future__ import annotations

from typing import Any, Final

from omero_standin.model.permissions import PRIVILEGES
from omero_standin.model.store import Store

_VALUES: Final = {
    "AcquisitionMode": (
        "WideField,LaserScanningConfocalMicroscopy,SpinningDiskConfocal,SlitScanConfocal,"
        "MultiPhotonMicroscopy,StructuredIllumination,SingleMoleculeImaging,TotalInternalReflection,"
        "FluorescenceLifetime,SpectralImaging,FluorescenceCorrelationSpectroscopy,"
        "NearFieldScanningOpticalMicroscopy,SecondHarmonicGenerationImaging,PALM,STORM,STED,TIRF,"
        "FSM,LCM,Other,BrightField,SweptFieldConfocal,SPIM,Unknown"
    ),
    "ArcType": "Hg,Xe,HgXe,Other,Unknown",
    "Binning": "1x1,2x2,4x4,8x8,Other,Unknown",
    "ChecksumAlgorithm": ("Adler-32,CRC-32,MD5-128,Murmur3-32,Murmur3-128,SHA1-160,File-Size-64"),
    "ContrastMethod": (
        "Brightfield,Phase,DIC,HoffmanModulation,ObliqueIllumination,PolarizedLight,Darkfield,"
        "Fluorescence,Other,Unknown"
    ),
    "Correction": (
        "UV,PlanApo,PlanFluor,SuperFluor,VioletCorrected,Achro,Achromat,Fluor,Fl,Fluar,Neofluar,"
        "Fluotar,Apo,PlanNeofluar,Other,Unknown"
    ),
    "DetectorType": (
        "CCD,IntensifiedCCD,AnalogVideo,PMT,Photodiode,Spectroscopy,LifetimeImaging,"
        "CorrelationSpectroscopy,FTIR,EM-CCD,EBCCD,APD,CMOS,EMCCD,Other,Unknown"
    ),
    "DimensionOrder": "XYZCT,XYZTC,XYCTZ,XYCZT,XYTCZ,XYTZC",
    "EventType": "Import,Internal,Shoola,User,Task,Test,Processing,FullText,Sessions,PixelData",
    "ExperimentType": (
        "FP,FRET,TimeLapse,FourDPlus,Screen,Immunocytochemistry,Immunofluorescence,FISH,"
        "Electrophysiology,IonImaging,Colocalization,PGIDocumentation,FluorescenceLifetime,"
        "SpectralImaging,Photobleaching,SPIM,Other,Unknown"
    ),
    "Family": "linear,polynomial,exponential,logarithmic",
    "FilamentType": "Incandescent,Halogen,Other,Unknown",
    "FilterType": (
        "LongPass,ShortPass,BandPass,MultiPass,Dichroic,NeutralDensity,Tuneable,Other,Unknown"
    ),
    "Format": (
        "Deltavision,Tiff,STK,Text,Gif,JPEG,PNG,BMP,OME-TIFF,OME-XML,Zeiss LSM,Zeiss CZI,"
        "Leica LIF,Leica LEI,Nikon ND2,Bitplane Imaris 5.5 (HDF),ICS,MetaMorph,Perkin Elmer,"
        "Application/octet-stream,text/csv,text/plain,application/pdf,image/tiff,OMERO.tables,"
        "Directory,application/vnd.ms-excel,text/x-python,Fake,MRC,DICOM,Zarr,Unknown"
    ),
    "Illumination": "Transmitted,Epifluorescence,Oblique,NonLinear,Other,Unknown",
    "Immersion": "Oil,Water,WaterDipping,Air,Multi,Glycerol,Gly,Wl,Dry,Wasser,Other,Unknown",
    "JobStatus": "Submitted,Resubmitted,Queued,Requeued,Running,Error,Waiting,Finished,Cancelled",
    "LaserMedium": (
        "Cu,Ag,ArFl,ArCl,KrFl,KrCl,XeFl,XeCl,XeBr,N,Ar,Kr,Xe,HeNe,HeCd,CO,CO2,H2O,HFl,NdGlass,"
        "NdYAG,ErGlass,ErYAG,HoYLF,HoYAG,Ruby,TiSapphire,Alexandrite,Rhodamine6G,CoumarinC30,GaAs,"
        "GaAlAs,EMinus,Other,Unknown"
    ),
    "LaserType": ("Excimer,Gas,MetalVapor,SolidState,Dye,Semiconductor,FreeElectron,Other,Unknown"),
    "Medium": "Air,Oil,Water,Glycerol,Other,Unknown",
    "MicrobeamManipulationType": (
        "FRAP,FLIP,InverseFRAP,Photoablation,Photoactivation,Uncaging,OpticalTrapping,Other,Unknown"
    ),
    "MicroscopeType": "Upright,Inverted,Dissection,Electrophysiology,Other,Unknown",
    "PhotometricInterpretation": "RGB,ARGB,CMYK,HSV,Monochrome,ColorMap",
    "Pulse": "CW,Single,QSwitched,Repetitive,ModeLocked,Other,Unknown",
    "RenderingModel": "rgb,greyscale",
}
# Name → bits of a pixel.
_PIXELS_TYPES: Final = {
    "bit": 1, "int8": 8, "uint8": 8, "int16": 16, "uint16": 16, "int32": 32, "uint32": 32,
    "float": 32, "double": 64, "complex": 64, "double-complex": 128,
}  # fmt: skip


def original(kind: str) -> frozenset[str]:
    """The values of an enumeration that every OMERO starts with."""
    if kind == "AdminPrivilege":
        return frozenset(PRIVILEGES)
    if kind == "PixelsType":
        return frozenset(_PIXELS_TYPES)
    return frozenset(_VALUES.get(kind, "").split(","))


def complete(store: Store) -> None:
    """Add the values that a store lacks."""
    with store.transaction():
        for kind, values in _VALUES.items():
            _add(store, kind, [{"value": value} for value in values.split(",")])
        _add(store, "AdminPrivilege", [{"value": value} for value in PRIVILEGES])
        types = [{"value": name, "bitSize": bits} for name, bits in _PIXELS_TYPES.items()]
        _add(store, "PixelsType", types)


def _add(store: Store, kind: str, wanted: list[dict[str, Any]]) -> None:
    present = {row.values["value"] for row in store.rows(kind)}
    for values in wanted:
        if values["value"] not in present:
            store.insert(kind, values, owner=0, group=0)
