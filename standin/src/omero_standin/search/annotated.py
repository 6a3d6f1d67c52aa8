"""Objects that are annotated like examples: `Search.byAnnotatedWith`.

As in OMERO.server's `AnnotatedWith` (https://github.com/ome/omero-server): an example stands for
its value; one without a value stands for all annotations of its type.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from omero_standin import refuse
from omero_standin.model import schema
from omero_standin.model.store import Ref, Row, Store
from omero_standin.saving.given import id_of, kind_of, plain_value

# Which member of a type is its value.
_VALUES: Final = {
    "BooleanAnnotation": "boolValue",
    "CommentAnnotation": "textValue",
    "DoubleAnnotation": "doubleValue",
    "FileAnnotation": "file",
    "LongAnnotation": "longValue",
    "TagAnnotation": "textValue",
    "TimestampAnnotation": "timeValue",
    "XmlAnnotation": "textValue",
}


@dataclass(frozen=True, slots=True)
class Example:
    """What an annotation must be like: its type, and the value of a member, if there is one."""

    kind: str
    member: str
    value: Any

    def fits(self, annotation: Row) -> bool:
        """Whether an annotation is like the example.

        With a value the type does not count: a comment has the text of a tag.
        """
        if self.value is None:
            return schema.is_a(annotation.kind, self.kind)
        return bool(annotation.values.get(self.member) == self.value)


def examples(given: Any) -> list[Example]:
    """The examples of a client; refused when there are none, or of a type without a value."""
    if not given:
        raise refuse.usage("Must specify at least one annotation.")
    found = []
    for each in given:
        kind = kind_of(each) if each is not None else "null"
        if kind not in _VALUES:
            raise refuse.usage(f"Unsupported annotation type: {kind}")
        found.append(Example(kind, _VALUES[kind], _value(each, kind, _VALUES[kind])))
    return found


def has_all(store: Store, row: Row, wanted: list[Example], sees: Callable[[Row], bool]) -> bool:
    """Whether an object has an annotation for each example, as far as the caller sees them."""
    links = store.referring(f"{row.kind}AnnotationLink", "parent", row.ref)
    held = [store.get(*link.values["child"]) for link in links if sees(link)]
    seen = [each for each in held if sees(each)]
    return all(any(example.fits(each) for each in seen) for example in wanted)


def _value(given: Any, kind: str, name: str) -> Any:
    member = schema.members(kind)[name]
    if member.shape is not schema.Shape.ONE:
        return plain_value(given, member)
    held = getattr(given, f"_{name}")
    if held is None:
        return None
    number = id_of(held)
    if number is None:
        raise refuse.usage(f"the {name} of an example must have an id")
    return Ref(member.target, number)
