"""The part of RenderingEngine that changes how a picture looks: model, planes, channels."""

# ruff: noqa: N802 - the methods have the names of OMERO's operations
from __future__ import annotations

from typing import Any

import omero.model
import omero.romio
from omero.rtypes import rbool, rint

from omero_standin import refuse
from omero_standin.binary import pixel_types
from omero_standin.binary.pixels import Pixels
from omero_standin.call import Call, plain
from omero_standin.model.enumeration import enumeration
from omero_standin.model.store import Row
from omero_standin.rendering import rows
from omero_standin.rendering.settings import FAMILIES, MODELS, ChannelSettings, Settings
from omero_standin.servants import unlocked
from omero_standin.services.stateful import Stateful


class PictureSettings(Stateful):
    """One image and the settings that are in use for it."""

    def __init__(self) -> None:
        """No pixels are chosen."""
        self._row: Row | None = None
        self._pixels: Pixels | None = None
        self._settings: Settings | None = None

    # --- settings of the picture

    def setModel(self, _call: Call, model: Any) -> None:
        """Colours or grey."""
        name = plain(model.value)
        if name not in MODELS:
            raise refuse.usage(f"there is no rendering model {name}")
        self._now().model = name

    def getModel(self, call: Call) -> Any:
        """Colours or grey."""
        return _enumeration(call, "RenderingModel", self._now().model)

    def getAvailableModels(self, call: Call) -> Any:
        """All models."""
        return [_enumeration(call, "RenderingModel", each) for each in MODELS]

    def getAvailableFamilies(self, call: Call) -> Any:
        """All families of curves."""
        return [_enumeration(call, "Family", each) for each in FAMILIES]

    def getDefaultZ(self, _call: Call) -> Any:
        """The plane that is shown first."""
        return self._now().z

    def getDefaultT(self, _call: Call) -> Any:
        """The time that is shown first."""
        return self._now().t

    def setDefaultZ(self, _call: Call, z: int) -> None:
        """The plane that is shown first."""
        self._open().check_plane(z, 0, 0)
        self._now().z = z

    def setDefaultT(self, _call: Call, t: int) -> None:
        """The time that is shown first."""
        self._open().check_plane(0, 0, t)
        self._now().t = t

    def setQuantumStrategy(self, _call: Call, bits: int) -> None:
        """How many steps there are between dark and bright."""
        self._now().bit_resolution = bits

    def setCodomainInterval(self, _call: Call, start: int, end: int) -> None:
        """The darkest and the brightest value of a pixel of the picture."""
        if not 0 <= start < end <= 255:
            raise refuse.usage(f"{start} to {end} is no part of 0 to 255")
        self._now().cd_start, self._now().cd_end = start, end

    def getQuantumDef(self, _call: Call) -> Any:
        """Steps, darkest and brightest value."""
        made = omero.model.QuantumDefI()
        now = self._now()
        made.cdStart, made.cdEnd = rint(now.cd_start), rint(now.cd_end)
        made.bitResolution = rint(now.bit_resolution)
        return made

    # --- settings of channels

    def setActive(self, _call: Call, channel: int, active: bool) -> None:
        """Show a channel or not."""
        self._channel(channel).active = active

    def isActive(self, _call: Call, channel: int) -> Any:
        """Whether a channel is shown."""
        return self._channel(channel).active

    def setChannelWindow(self, _call: Call, channel: int, start: float, end: float) -> None:
        """The values that are darkest and brightest."""
        chosen = self._channel(channel)
        chosen.start, chosen.end = start, end

    def getChannelWindowStart(self, _call: Call, channel: int) -> Any:
        """The value that is darkest."""
        return self._channel(channel).start

    def getChannelWindowEnd(self, _call: Call, channel: int) -> Any:
        """The value that is brightest."""
        return self._channel(channel).end

    def setRGBA(
        self, _call: Call, channel: int, red: int, green: int, blue: int, alpha: int
    ) -> None:
        """A channel's colour, each part from 0 to 255."""
        self._channel(channel).colour = (red, green, blue, alpha)

    def getRGBA(self, _call: Call, channel: int) -> Any:
        """A channel's colour."""
        return list(self._channel(channel).colour)

    def setChannelLookupTable(self, _call: Call, channel: int, name: str) -> None:
        """A lookup table instead of the colour; no name for the colour."""
        self._channel(channel).lookup_table = name or ""

    def getChannelLookupTable(self, _call: Call, channel: int) -> Any:
        """The name of a channel's lookup table."""
        return self._channel(channel).lookup_table

    def setQuantizationMap(
        self, _call: Call, channel: int, family: Any, coefficient: float, noise: bool
    ) -> None:
        """A channel's curve."""
        name = plain(family.value)
        if name not in FAMILIES:
            raise refuse.usage(f"there is no family {name}")
        chosen = self._channel(channel)
        chosen.family, chosen.coefficient, chosen.noise_reduction = name, coefficient, noise

    def getChannelFamily(self, call: Call, channel: int) -> Any:
        """The family of a channel's curve."""
        return _enumeration(call, "Family", self._channel(channel).family)

    def getChannelCurveCoefficient(self, _call: Call, channel: int) -> Any:
        """The coefficient of a channel's curve."""
        return self._channel(channel).coefficient

    def getChannelNoiseReduction(self, _call: Call, channel: int) -> Any:
        """Whether noise reduction is asked for; it changes nothing here."""
        return self._channel(channel).noise_reduction

    @unlocked
    def getChannelStats(self, call: Call, channel: int) -> Any:
        """The smallest and largest value of a channel."""
        return list(self._range(call, channel))

    def addCodomainMapToChannel(self, _call: Call, context: Any, channel: int) -> None:
        """Turn a channel's intensities round; other maps are not supported."""
        _need_reverse(context)
        self._channel(channel).reverse = True

    def removeCodomainMapFromChannel(self, _call: Call, context: Any, channel: int) -> None:
        """Have a channel's intensities the right way round."""
        _need_reverse(context)
        self._channel(channel).reverse = False

    def getCodomainMapContext(self, _call: Call, channel: int) -> Any:
        """The maps of a channel."""
        if not self._channel(channel).reverse:
            return []
        made = omero.model.ReverseIntensityContextI()
        made.reverse = rbool(True)
        return [made]

    def getPixelsTypeLowerBound(self, _call: Call, channel: int) -> Any:
        """The smallest value of the pixel type."""
        self._channel(channel)
        return pixel_types.bounds(self._open().kind)[0]

    def getPixelsTypeUpperBound(self, _call: Call, channel: int) -> Any:
        """The largest value of the pixel type."""
        self._channel(channel)
        return pixel_types.bounds(self._open().kind)[1]

    def isPixelsTypeSigned(self, _call: Call) -> Any:
        """Whether values may be below zero."""
        return pixel_types.is_signed(self._open().kind)

    # --- inside

    def _chosen(self) -> Row:
        if self._row is None:
            raise refuse.usage("lookupPixels must be called before anything else")
        return self._row

    def _open(self) -> Pixels:
        self._chosen()
        assert self._pixels is not None
        return self._pixels

    def _now(self) -> Settings:
        self._chosen()
        if self._settings is None:
            raise refuse.usage("no rendering settings are loaded")
        return self._settings

    def _channel(self, number: int) -> ChannelSettings:
        channels = self._now().channels
        if not 0 <= number < len(channels):
            raise refuse.usage(f"there is no channel {number}")
        return channels[number]

    def _range(self, call: Call, number: int) -> tuple[float, float]:
        self._channel(number)
        with call.store.lock:
            found = rows.channels(call.store, self._chosen())
            channel = found[number] if number < len(found) else None
        return rows.range_of(call.store, self._open(), channel, number)


def _need_reverse(context: Any) -> None:
    if not isinstance(context, omero.romio.ReverseIntensityMapContext):
        raise refuse.unsupported(f"the codomain map {type(context).__name__}")


def _enumeration(call: Call, kind: str, value: str) -> Any:
    return call.marshaller().object(call.store.get(*enumeration(call.store, kind, value)))
