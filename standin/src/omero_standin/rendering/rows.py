"""Rendering settings as rows: RenderingDef, QuantumDef, ChannelBinding; one set per user."""

from __future__ import annotations

from typing import Any

from omero_standin import refuse
from omero_standin.binary import value_range
from omero_standin.binary.pixels import Pixels
from omero_standin.call import Call
from omero_standin.model.enumeration import enumeration, value_of
from omero_standin.model.objects import Fetch
from omero_standin.model.store import Ref, Row, Store
from omero_standin.rendering.settings import ChannelSettings, Settings, default_colour

# To read a RenderingDef with everything that clients look at.
FETCH: Fetch = {
    "quantization": {},
    "model": {},
    "pixels": {"pixelsType": {}},
    "waveRendering": {"family": {}, "spatialDomainEnhancement": {}},
    "details": {"owner": {}, "group": {}, "creationEvent": {}, "updateEvent": {}},
}


def found_for(store: Store, pixels: Row, user: int) -> Row | None:
    """The settings of a user, else those of the one who has the image."""
    own = of_user(store, pixels, user)
    return own if own is not None else of_user(store, pixels, pixels.owner)


def of_user(store: Store, pixels: Row, user: int) -> Row | None:
    """The settings that a user has, the newest of several."""
    rows = store.referring("RenderingDef", "pixels", pixels.ref)
    mine = [row for row in rows if row.owner == user]
    return mine[-1] if mine else None


def channels(store: Store, pixels: Row) -> list[Row]:
    """The channels of pixels, in order."""
    return store.referring("Channel", "pixels", pixels.ref)


def range_of(store: Store, pixels: Pixels, channel: Row | None, number: int) -> tuple[float, float]:
    """The smallest and largest value of a channel: as imported, else as found."""
    info = channel.values.get("statsInfo") if channel is not None else None
    if info is not None:
        values = store.get(*info).values
        return float(values["globalMin"]), float(values["globalMax"])
    return value_range.min_max(pixels, number)


def defaults(store: Store, row: Row, pixels: Pixels) -> Settings:
    """The settings of an image that has none: the whole range of values, three channels active."""
    rows = channels(store, row)
    made = Settings("rgb" if pixels.size_c > 1 else "greyscale", pixels.size_z // 2, 0)
    for number in range(pixels.size_c):
        channel = rows[number] if number < len(rows) else None
        low, high = range_of(store, pixels, channel, number)
        if high <= low:
            high = low + 1
        colour = _colour(store, channel, number, pixels.size_c)
        made.channels.append(ChannelSettings(number < 3, low, high, colour))
    return made


def read(store: Store, row: Row) -> Settings:
    """The settings of a RenderingDef."""
    quantum = store.get(*row.values["quantization"]).values
    made = Settings(
        value_of(store, row, "model") or "rgb",
        row.values["defaultZ"],
        row.values["defaultT"],
        cd_start=quantum["cdStart"],
        cd_end=quantum["cdEnd"],
        bit_resolution=quantum["bitResolution"],
    )
    for binding in store.referring("ChannelBinding", "renderingDef", row.ref):
        values = binding.values
        contexts = store.referring("CodomainMapContext", "channelBinding", binding.ref)
        made.channels.append(
            ChannelSettings(
                active=bool(values["active"]),
                start=values["inputStart"],
                end=values["inputEnd"],
                colour=tuple(values[each] for each in ("red", "green", "blue", "alpha")),
                lookup_table=values.get("lookupTable") or "",
                family=value_of(store, binding, "family") or "linear",
                coefficient=values["coefficient"],
                noise_reduction=bool(values["noiseReduction"]),
                reverse=any(each.kind == "ReverseIntensityContext" for each in contexts),
            )
        )
    return made


def save_first(call: Call, pixels: Row, settings: Settings) -> Row:
    """Keep default settings for the caller.

    For one that may only look at the image they become the owner's, who has some of every image in
    OMERO since its import; a security violation when the owner has others.
    """
    if call.rights(pixels).annotate:
        return save(call.store, pixels, settings, call.user.id)
    if of_user(call.store, pixels, pixels.owner) is not None:
        raise refuse.forbidden(
            f"user {call.user.values['omeName']} may not keep settings for Pixels:{pixels.id}"
        )
    return save(call.store, pixels, settings, pixels.owner)


def save(store: Store, pixels: Row, settings: Settings, user: int) -> Row:
    """Keep settings as those of a user, in the image's group; their row."""
    with store.transaction():
        row = of_user(store, pixels, user)
        if row is None:
            row = save_as_new(store, pixels, settings, user)
        else:
            quantum = store.get(*row.values["quantization"])
            store.update(quantum, **_quantum_values(settings))
            store.update(row, **_row_values(store, settings))
            bindings = store.referring("ChannelBinding", "renderingDef", row.ref)
            for binding, channel in zip(bindings, settings.channels, strict=False):
                store.update(binding, **_channel_values(store, channel))
                _keep_reverse(store, binding, reverse=channel.reverse)
            for channel in settings.channels[len(bindings) :]:
                _add_channel(store, row, channel)
        _outdate_thumbnails(store, pixels, user)
        return row


def save_as_new(store: Store, pixels: Row, settings: Settings, user: int) -> Row:
    """Keep settings as new ones of a user; their row."""
    ownership = {"owner": user, "group": pixels.group}
    with store.transaction():
        quantum = store.insert("QuantumDef", _quantum_values(settings), **ownership)
        values = _row_values(store, settings)
        values |= {"pixels": pixels.ref, "quantization": quantum.ref}
        row = store.insert("RenderingDef", values, **ownership)
        for channel in settings.channels:
            _add_channel(store, row, channel)
        return row


def _add_channel(store: Store, row: Row, channel: ChannelSettings) -> None:
    values = _channel_values(store, channel) | {"renderingDef": row.ref}
    binding = store.insert("ChannelBinding", values, owner=row.owner, group=row.group)
    _keep_reverse(store, binding, reverse=channel.reverse)


def _keep_reverse(store: Store, binding: Row, *, reverse: bool) -> None:
    contexts = store.referring("ReverseIntensityContext", "channelBinding", binding.ref)
    if reverse and not contexts:
        values = {"channelBinding": binding.ref, "reverse": True}
        store.insert("ReverseIntensityContext", values, owner=binding.owner, group=binding.group)
    for each in () if reverse else contexts:
        store.delete(each)


def _outdate_thumbnails(store: Store, pixels: Row, user: int) -> None:
    """Clients show a thumbnail anew when its version is another one."""
    for row in store.referring("Thumbnail", "pixels", pixels.ref):
        if row.owner == user:
            store.update(row, ref="")


def _row_values(store: Store, settings: Settings) -> dict[str, Any]:
    return {
        "defaultZ": settings.z,
        "defaultT": settings.t,
        "model": enumeration(store, "RenderingModel", settings.model),
    }


def _quantum_values(settings: Settings) -> dict[str, Any]:
    return {
        "cdStart": settings.cd_start,
        "cdEnd": settings.cd_end,
        "bitResolution": settings.bit_resolution,
    }


def _channel_values(store: Store, channel: ChannelSettings) -> dict[str, Any]:
    red, green, blue, alpha = channel.colour
    family: Ref = enumeration(store, "Family", channel.family)
    return {
        "active": channel.active,
        "inputStart": channel.start,
        "inputEnd": channel.end,
        "red": red,
        "green": green,
        "blue": blue,
        "alpha": alpha,
        "lookupTable": channel.lookup_table or None,
        "family": family,
        "coefficient": channel.coefficient,
        "noiseReduction": channel.noise_reduction,
    }


def _colour(
    store: Store, channel: Row | None, number: int, channels: int
) -> tuple[int, int, int, int]:
    values = channel.values if channel is not None else {}
    own = [values.get(each) for each in ("red", "green", "blue")]
    if all(each is not None for each in own):
        red, green, blue = (int(each) for each in own if each is not None)
        return red, green, blue, int(values.get("alpha") or 255)
    logical = values.get("logicalChannel")
    emission = store.get(*logical).values.get("emissionWave") if logical is not None else None
    return (*default_colour(number, channels, emission[0] if emission else None), 255)
