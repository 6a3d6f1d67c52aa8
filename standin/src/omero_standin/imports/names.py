"""What an imported image and its channels are called, and their colours.

The rules are those of `PixelsProcessor` and `ChannelProcessor` in ome/omero-blitz.
"""

from __future__ import annotations

from typing import Any, Final

_LONGEST: Final = 255
_RED, _GREEN, _BLUE = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255)
_GREY, _WHITE = (128, 128, 128, 255), (255, 255, 255, 255)
_PARTS: Final = ("red", "green", "blue", "alpha")
# Names and colours of the channels of a picture; its fourth is transparency.
_GRAPHICS: Final = (("Red", _RED), ("Green", _GREEN), ("Blue", _BLUE), ("Alpha", (0, 0, 0, 0)))


def image_name(wanted: str | None, file_name: str, own: str | None, number: int, count: int) -> str:
    """The name of one image of a file.

    Args:
        wanted: The name that the client asks for.
        file_name: The file's.
        own: The name that the file gives the image.
        number: Which image of the file it is, from 0.
        count: How many there are.
    """
    name = (wanted or "").strip() or file_name
    if count > 1:
        name += f" [{(own or '').strip() or number}]"
    return name if len(name) <= _LONGEST else f"…{name[1 - _LONGEST :]}"


def complete(channels: list[dict[str, Any]], *, graphics: bool) -> None:
    """Give channels the colours and names that the file did not give them.

    Each is a dictionary of the members of Channel and LogicalChannel.
    """
    if len(channels) == 1:
        _set(channels[0], _GREY)
        return
    coloured = ["red" in each for each in channels]
    for number, each in enumerate(channels):
        if graphics:
            name, colour = _GRAPHICS[number] if number < len(_GRAPHICS) else ("", _by(number))
            for part in _PARTS:
                each.pop(part, None)
            _set(each, colour)
            if name:
                each.setdefault("name", name)
            continue
        wave = each.get("emissionWave") or each.get("excitationWave")
        _set(each, _by(number) if wave is None else _by_wavelength(wave[0]))
        if wave is not None:
            each.setdefault("name", _length(wave[0]))
    if not graphics:
        _whiten(channels, coloured)


def _whiten(channels: list[dict[str, Any]], coloured: list[bool]) -> None:
    """Transmitted light beside fluorescence is white."""
    dark = [
        each
        for each, has in zip(channels, coloured, strict=True)
        if not has and "emissionWave" not in each
    ]
    if 0 < len(dark) < len(channels):
        for each in dark:
            each.update(zip(_PARTS, _WHITE, strict=True))


def _set(channel: dict[str, Any], colour: tuple[int, int, int, int]) -> None:
    if "red" not in channel:
        channel.update(zip(_PARTS, colour, strict=True))


def _by(number: int) -> tuple[int, int, int, int]:
    return (_RED, _GREEN, _BLUE)[number % 3]


def _by_wavelength(wave: float) -> tuple[int, int, int, int]:
    if wave < 500:
        return _BLUE
    return _GREEN if wave < 560 else _RED


def _length(wave: float) -> str:
    """As Java writes a whole number of nanometres: with `.0`."""
    return str(float(wave))
