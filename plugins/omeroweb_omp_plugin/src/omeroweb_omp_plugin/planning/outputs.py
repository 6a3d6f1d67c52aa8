"""What is written beside the values of names, and what happens to keys that are there."""

from __future__ import annotations

from dataclasses import dataclass

from omeroweb_omp_plugin.planning.known import Known
from omeroweb_omp_plugin.planning.pairs import Pairs
from omeroweb_omp_plugin.planning.plan import Doubled


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the user chose for a write.

    Attributes:
        constants: pairs that all images get.
        doubled: what happens in the mode `add` to keys that have another value.
        also: what OMERO knows of the images, and is written too.
    """

    constants: Pairs = ()
    doubled: Doubled = "keep"
    also: tuple[Known, ...] = ()
