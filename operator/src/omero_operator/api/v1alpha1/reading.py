"""Reading a specification that may be of another version than this operator.

The API server refuses unknown fields where it is asked to, as `kubectl` does, but it stores what
its own definition knows: after the operator was rolled back, or before it is upgraded, there are
fields that the models do not have. They must not stop a site.
"""

import copy
import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from omero_operator.api.v1alpha1.omeroplatform import PlatformSpec
from omero_operator.api.v1alpha1.rules import FieldError

Location = tuple[str | int, ...]

# Lists of names to which a later version adds.
GROWING_LISTS: tuple[Location, ...] = (("web", "apps"),)


def tolerant(given: dict[str, Any]) -> tuple[PlatformSpec, tuple[str, ...]]:
    """Read a specification without what this version does not know.

    Args:
        given: `spec` as the API server shows it.

    Returns:
        The specification, and the paths of what was left out, in the order of the text.

    Raises:
        ValidationError: It does not fit the schema for another reason.
    """
    try:
        return PlatformSpec.model_validate(given), ()
    except ValidationError as error:
        unknown = sorted(_unknown(error), key=_position(given))
        if not unknown:
            raise
    known = copy.deepcopy(given)
    # From behind: removing an entry of a list moves those after it.
    for location in reversed(unknown):
        *parents, last = location
        holder: Any = known
        for step in parents:
            holder = holder[step]
        del holder[last]
    spec = PlatformSpec.model_validate(known)
    return spec, tuple(_title(location, given) for location in unknown)


def errors_of(error: ValidationError) -> list[FieldError]:
    """What does not fit the schema, field by field."""
    return [FieldError(path(item["loc"]), item["msg"]) for item in error.errors()]


def path(location: Location) -> str:
    """A place inside `spec` as people write it, e.g. `spec.server.groups[0].name`."""
    parts = (
        f".{step}" if isinstance(step, str) and re.fullmatch(r"\w+", step) else f"[{step}]"
        for step in location
        # pydantic's own mark for the key of an entry, in place of its value.
        if step != "[key]"
    )
    return "".join(("spec", *parts))


def _unknown(error: ValidationError) -> Iterator[Location]:
    for item in error.errors():
        location = item["loc"]
        if item["type"] == "extra_forbidden" or (
            item["type"] == "literal_error" and location[:-1] in GROWING_LISTS
        ):
            yield location


def _position(given: Any) -> Any:
    """A sort key: where a place is in the text."""

    def position(location: Location) -> Sequence[int]:
        value, result = given, []
        for step in location:
            result.append(step if isinstance(step, int) else list(value).index(step))
            value = value[step]
        return result

    return position


def _title(location: Location, given: Any) -> str:
    """The path; of an entry of a growing list with its value."""
    if location[:-1] not in GROWING_LISTS:
        return path(location)
    value = given
    for step in location:
        value = value[step]
    return f"{path(location[:-1])} '{value}'"
