"""How images were acquired, as OMERO has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.cmd
from omero.rtypes import unwrap

from omero_plugin_common.omero_api import commands, hql
from omeroweb_omp_plugin.planning.acquisition import Acquired, Channel

# Images of one query: each comes with all its channels.
IMAGES: Final = 500
_IMAGES: Final = (
    "select i from Image i "
    "left outer join fetch i.instrument n left outer join fetch n.microscope m "
    "left outer join fetch m.type "
    "left outer join fetch i.objectiveSettings os left outer join fetch os.objective o "
    "left outer join fetch os.medium "
    "left outer join fetch o.immersion left outer join fetch o.correction "
    "left outer join fetch i.stageLabel left outer join fetch i.imagingEnvironment "
    "where i.id in (:ids)"
)
_PIXELS: Final = (
    "select p from Pixels p left outer join fetch p.pixelsType left outer join fetch p.channels c "
    "left outer join fetch c.logicalChannel lc left outer join fetch lc.mode "
    "left outer join fetch lc.detectorSettings ds left outer join fetch ds.binning "
    "left outer join fetch ds.detector d left outer join fetch d.type "
    "where p.image.id in (:ids)"
)


def acquired(conn: Any, images: Sequence[int]) -> dict[int, Acquired]:
    """How images were acquired, without their original metadata: two calls per 500 images."""
    by_image: dict[int, Acquired] = {}
    for some in hql.batches(images, IMAGES):
        pixels = {each.image.id.val: each for each in hql.objects(conn, _PIXELS, ids=some)}
        for image in hql.objects(conn, _IMAGES, ids=some):
            id_ = image.id.val
            by_image[id_] = Acquired(
                image=id_,
                general=_general(image) | _sizes(pixels.get(id_)),
                channels=_channels(pixels.get(id_)),
            )
    return by_image


def original_metadata(conn: Any, image: int) -> dict[str, str]:
    """What the file of an image says in its own format; a value of the series wins.

    Raises:
        CommandFailed: the server cannot read the file.
    """
    response = commands.run(conn, omero.cmd.OriginalMetadataRequest(image))
    values = dict(response.globalMetadata or {}) | dict(response.seriesMetadata or {})
    return {str(name): _text(value) for name, value in values.items()}


def _general(image: Any) -> dict[str, str]:
    values: dict[str, str] = {}
    moment = unwrap(image.acquisitionDate)
    if moment:
        # OMERO has the time of the microscope's clock, without its zone.
        values["Acquisition date"] = datetime.fromtimestamp(moment / 1000, UTC).strftime(
            "%Y-%m-%dT%H:%M:%S"
        )
    microscope = image.instrument.microscope if image.instrument is not None else None
    if microscope is not None:
        values["Microscope"] = _named(microscope)
        values["Microscope type"] = _text(microscope.type)
    values |= _objective(image.objectiveSettings)
    stage = image.stageLabel
    if stage is not None:
        values["Stage position"] = _text(stage.name)
        values |= {
            f"Stage {axis}": _length(getattr(stage, f"position{axis}")) for axis in ("X", "Y", "Z")
        }
    around = image.imagingEnvironment
    if around is not None:
        values["Temperature"] = _length(around.temperature)
        values["Humidity"] = _text(around.humidity)
        values["CO2"] = _text(around.co2percent)
    return values


def _objective(settings: Any) -> dict[str, str]:
    if settings is None:
        return {}
    objective = settings.objective
    magnification = unwrap(objective.nominalMagnification)
    return {
        "Objective": _named(objective),
        "Objective magnification": "" if magnification is None else f"{magnification:g}x",
        "Objective numerical aperture": _text(objective.lensNA),
        "Objective immersion": _text(objective.immersion),
        "Objective correction": _text(objective.correction),
        "Objective medium": _text(settings.medium),
        "Objective refractive index": _text(settings.refractiveIndex),
        "Objective correction collar": _text(settings.correctionCollar),
    }


def _sizes(pixels: Any) -> dict[str, str]:
    if pixels is None:
        return {}
    counts = [unwrap(getattr(pixels, f"size{axis}")) for axis in "XYZCT"]
    values = {"Image size (X Y Z C T)": " x ".join(str(count) for count in counts)}
    values["Pixel type"] = _text(pixels.pixelsType)
    for axis in "XYZ":
        values[f"Pixel size {axis}"] = _length(getattr(pixels, f"physicalSize{axis}"))
    values["Time increment"] = _length(pixels.timeIncrement)
    return values


def _channels(pixels: Any) -> tuple[Channel, ...]:
    if pixels is None:
        return ()
    # A channel without its logical channel cannot be; the order is that of the image.
    return tuple(_channel(each) for each in pixels.copyChannels() if each is not None)


def _channel(channel: Any) -> Channel:
    logical = channel.logicalChannel
    colours = [unwrap(getattr(channel, name)) for name in ("red", "green", "blue")]
    known = all(value is not None for value in colours)
    return Channel(
        name=_text(logical.name),
        excitation=_length(logical.excitationWave),
        emission=_length(logical.emissionWave),
        colour="#" + "".join(f"{value:02x}" for value in colours) if known else "",
        fluor=_text(logical.fluor),
        mode=_text(logical.mode),
        detector=_detector(logical.detectorSettings),
    )


def _detector(settings: Any) -> dict[str, str]:
    if settings is None:
        return {}
    detector = settings.detector
    return {
        "model": _named(detector),
        "type": _text(detector.type),
        "gain": _text(settings.gain if settings.gain is not None else detector.gain),
        "offset": _text(settings.offsetValue),
        "voltage": _length(settings.voltage),
        "binning": _text(settings.binning),
        "read-out rate": _length(settings.readOutRate),
    }


def _named(thing: Any) -> str:
    """Manufacturer and model of a part of a microscope."""
    return " ".join(filter(None, (_text(thing.manufacturer), _text(thing.model))))


def _length(quantity: Any) -> str:
    """A quantity with its unit, as `0.1 µm`; OMERO has the symbol."""
    if quantity is None:
        return ""
    return f"{quantity.getValue():g} {quantity.getSymbol()}"


def _text(value: Any) -> str:
    """The text of a plain value, of an enumeration, or of nothing."""
    if value is None:
        return ""
    if hasattr(value, "getValue"):
        value = value.getValue()
    plain = unwrap(value)
    if plain is None:
        return ""
    return f"{plain:g}" if isinstance(plain, float) else str(plain)
