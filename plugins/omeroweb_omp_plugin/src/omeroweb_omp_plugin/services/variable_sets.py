"""Variable sets: what a user calls the parts of names, for the next time and for colleagues."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints, model_validator

from omero_plugin_common.named_settings import NamedSettings, SaveNamed
from omero_plugin_common.named_settings.table import Table
from omeroweb_omp_plugin.services.reading import MOST_KEYS, Names, ReadingWithoutKeys

MOST_VARIABLES: Final = MOST_KEYS
VariableName = Annotated[
    str, StringConstraints(max_length=255, strip_whitespace=True, min_length=1)
]


class Content(ReadingWithoutKeys):
    """What a set holds: a reading.

    Attributes:
        variables: keys of the pieces, in their order; an empty one is for a piece without a key.
        project: the project of OMERO that it belongs to: it is offered there first, and for no
            other.
    """

    variables: Names
    project: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Content:
        if not (any(map(str.strip, self.variables)) or self.constants or self.also):
            raise ValueError("a set needs at least one key")
        return self


class SaveSet(SaveNamed):
    """A set to store."""

    content: Content


def _keys(content: Mapping[str, Any]) -> str:
    keys = sum(1 for key in content["variables"] if key)
    return f" with {keys} key{'' if keys == 1 else 's'}"


SETS: Final = NamedSettings(
    Table("omp_variable_sets"), "set", "sets", owner_key="ownerName", described=_keys
)
