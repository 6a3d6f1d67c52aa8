"""How an image was acquired, as pairs: what people look for, and of the rest as much as is read.

Names of variables follow REMBI's study component "image acquisition" where it has them:
https://doi.org/10.1038/s41592-021-01166-8
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from omeroweb_omp_plugin.planning.pairs import RESERVED, Pairs

# More pairs, and longer values, are not read by anybody in OMERO.web: they go into a file.
MOST_ORIGINAL: Final = 100
LONGEST_VALUE: Final = 250
ORIGINAL_PREFIX: Final = "Original: "
FILE_KEY: Final = "Original metadata file"
# The file is bounded too: some formats repeat a block for every plane.
LONGEST_FILE_BYTES: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel of an image; what is not known is empty.

    Attributes:
        name: of the channel.
        excitation: wavelength with its unit.
        emission: wavelength with its unit.
        colour: as `#rrggbb`.
        fluor: the dye.
        mode: of the acquisition.
        detector: model and settings, as name and value.
    """

    name: str = ""
    excitation: str = ""
    emission: str = ""
    colour: str = ""
    fluor: str = ""
    mode: str = ""
    detector: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Acquired:
    """How one image was acquired.

    Attributes:
        image: id of the image.
        general: name and value, with units, in the order in which they are shown.
        channels: in their order.
        original: what the file's own format says, as far as it was read.
    """

    image: int
    general: Mapping[str, str]
    channels: tuple[Channel, ...] = ()
    original: Mapping[str, str] = field(default_factory=dict)


def pairs_of(acquired: Acquired) -> tuple[Pairs, str]:
    """The pairs for an image, and the text of the file with what is too long or too much for them.

    Returns:
        Pairs with distinct names and no empty values; an empty text when nothing is left over.
    """
    pairs = [(name, value) for name, value in acquired.general.items() if value]
    for number, channel in enumerate(acquired.channels, start=1):
        pairs += _channel(f"Channel {number}", channel)
    left: list[str] = []
    for name in sorted(acquired.original):
        value = acquired.original[name]
        if not value:
            continue
        fits = len(value) <= LONGEST_VALUE and len(name) <= LONGEST_VALUE
        if fits and len(pairs) < MOST_ORIGINAL and name not in RESERVED:
            pairs.append((ORIGINAL_PREFIX + name, value))
        else:
            left.append(f"{name} = {value}\n")
    return tuple(dict(pairs).items()), _bounded(left)


def _channel(label: str, channel: Channel) -> list[tuple[str, str]]:
    values = {
        "name": channel.name,
        "excitation": channel.excitation,
        "emission": channel.emission,
        "colour": channel.colour,
        "fluorophore": channel.fluor,
        "acquisition mode": channel.mode,
        **{f"detector {name}": value for name, value in channel.detector.items()},
    }
    return [(f"{label} {name}", value) for name, value in values.items() if value]


def _bounded(lines: Iterable[str]) -> str:
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line.encode("utf-8", "replace"))
        if size > LONGEST_FILE_BYTES:
            kept.append("(the rest is left out: the file would be larger than 10 MB)\n")
            break
        kept.append(line)
    return "".join(kept)
