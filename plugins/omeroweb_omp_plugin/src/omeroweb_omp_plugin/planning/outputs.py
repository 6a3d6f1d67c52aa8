"""What is written beside the values of names, and what happens to keys that are there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from omeroweb_omp_plugin.planning.existing import CLIENT_NAMESPACE
from omeroweb_omp_plugin.planning.known import Known
from omeroweb_omp_plugin.planning.pairs import Pairs
from omeroweb_omp_plugin.planning.plan import Doubled
from omeroweb_omp_plugin.planning.targets import Target


class ForPlans(TypedDict):
    """Arguments of `plan_image`."""

    doubled: Doubled
    namespace: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the user chose for a write.

    Attributes:
        constants: pairs that all images get.
        doubled: what happens in the mode `add` to keys that have another value.
        also: what OMERO knows of the images, and is written too.
        namespace: of the sets that are written.
        tags: keys whose values become tags of the images, too.
        target: where pairs are written that all images of a well or a plate have.
    """

    constants: Pairs = ()
    doubled: Doubled = "keep"
    also: tuple[Known, ...] = ()
    namespace: str = CLIENT_NAMESPACE
    tags: tuple[str, ...] = ()
    target: Target = "images"

    @property
    def for_plans(self) -> ForPlans:
        """What plans of images need of it."""
        return {"doubled": self.doubled, "namespace": self.namespace}
