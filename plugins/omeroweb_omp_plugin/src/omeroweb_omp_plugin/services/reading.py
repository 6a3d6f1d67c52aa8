"""How names are read, as pages and scripts send it, and as saved sets and writes store it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints, field_validator

from omero_plugin_common.body import Body
from omeroweb_omp_plugin.parsing import ParserSettings
from omeroweb_omp_plugin.planning.existing import CLIENT_NAMESPACE
from omeroweb_omp_plugin.planning.known import KINDS, Known
from omeroweb_omp_plugin.planning.pairs import Pairs
from omeroweb_omp_plugin.planning.targets import Target
from omeroweb_omp_plugin.store.previews import Preview

MOST_KEYS: Final = 100
_MOST_SHAPES: Final = 20
# https://omero.readthedocs.io/en/stable/developers/Model/StructuredAnnotations.html
_OMEROS: Final = "openmicroscopy.org/"
Name = Annotated[str, Field(max_length=255)]
Names = Annotated[tuple[Name, ...], Field(max_length=MOST_KEYS)]
Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
Value = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]


class Constant(Body):
    """A pair that all images get."""

    key: Key
    value: Value


class ReadingWithoutKeys(Body):
    """How names are read and what is written, but for the keys of the commonest shape.

    Attributes:
        mode: how they are taken apart.
        pattern: what the mode says.
        shape_names: keys for the names of the second shape, the third, and so on.
        constants: pairs that all images get, whatever their names are.
        also: what OMERO knows of the images, and is written too.
        namespace: of the sets that are written; empty for that of OMERO.web's own pairs.
        tags: keys whose values become tags of the images, too.
        target: where pairs are written that all images of a well or a plate have.
    """

    mode: Literal["detect", "separators", "regex"]
    pattern: Annotated[str, Field(max_length=2000)] = ""
    shape_names: Annotated[tuple[Names, ...], Field(max_length=_MOST_SHAPES)] = ()
    constants: Annotated[tuple[Constant, ...], Field(max_length=MOST_KEYS)] = ()
    also: Annotated[tuple[Known, ...], Field(max_length=len(KINDS))] = ()
    namespace: Annotated[str, StringConstraints(strip_whitespace=True, max_length=255)] = ""
    tags: Names = ()
    target: Target = "images"

    @field_validator("namespace")
    @classmethod
    def _check_namespace(cls, namespace: str) -> str:
        if namespace.startswith(_OMEROS) and namespace != CLIENT_NAMESPACE:
            raise ValueError(f"namespaces that begin with {_OMEROS} belong to OMERO")
        return namespace


class Reading(ReadingWithoutKeys):
    """How names are read, and what is written.

    Attributes:
        names: keys of the values, by position; the value of an empty one is not written. Without
            any, the keys that were found.
    """

    names: Names = ()

    @property
    def settings(self) -> ParserSettings:
        """For a parser."""
        return ParserSettings(self.mode, self.pattern, self.names, shape_names=self.shape_names)

    @property
    def pairs(self) -> Pairs:
        """The constants."""
        return tuple((each.key, each.value) for each in self.constants)


def reading_of(preview: Preview) -> Reading:
    """How the names of a preview are read, as the user asked for it."""
    settings, namespace = preview.settings, preview.outputs.namespace
    return Reading(
        mode=preview.reading,
        pattern=settings.pattern,
        names=settings.names,
        shape_names=settings.shape_names,
        constants=tuple(Constant(key=key, value=value) for key, value in preview.constants),
        also=preview.outputs.also,
        namespace="" if namespace == CLIENT_NAMESPACE else namespace,
        tags=preview.outputs.tags,
        target=preview.outputs.target,
    )
