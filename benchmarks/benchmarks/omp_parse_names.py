"""Names of files as microscopes and people write them, the same ones for the same seed."""

from __future__ import annotations

import random
from typing import Final

_CELLS: Final = ("HeLa", "U2OS", "RPE1", "MCF7")
_TREATMENTS: Final = ("ctrl", "DMSO", "nocodazole", "taxol", "siMAD2")
_DOSES: Final = ("0.1uM", "0.5uM", "1uM", "10uM")
_CHANNELS: Final = ("DAPI", "GFP", "mCherry", "Cy5")


def names(count: int, seed: int) -> list[str]:
    """Make names of eight words between underscores and hyphens, in random order.

    Args:
        count: how many; each differs from the others in its number at least.
        seed: of the random choices.
    """
    chance = random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing it
    made = [
        f"{chance.choice(_CELLS)}_{chance.choice(_TREATMENTS)}-{chance.choice(_DOSES)}-"
        f"rep{chance.randint(1, 3)}_{chance.choice('ABCDEFGH')}{chance.randint(1, 12):02d}_"
        f"s{chance.randint(1, 9)}_{chance.choice(_CHANNELS)}_t{number:06d}.ome.tif"
        for number in range(count)
    ]
    chance.shuffle(made)
    return made
