"""Values as tags: which tags an image gets, and what undoes that."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from omero_plugin_common.steps.undo import UNKNOWN, Change
from omeroweb_omp_plugin.planning.pairs import Pairs

# The longest tag that OMERO.web lets a user type.
LONGEST: Final = 255
# A tag in this namespace is a tag set: it holds tags, and no image should have it.
# https://omero.readthedocs.io/en/stable/developers/Model/StructuredAnnotations.html
TAG_SET: Final = "openmicroscopy.org/omero/insight/tagset"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a group.

    Attributes:
        id: of the annotation.
        text: of the tag.
        group: id of its group.
        owner: id of the user whose it is.
        linkable: whether the user may give it to images.
    """

    id: int
    text: str
    group: int
    owner: int
    linkable: bool


@dataclass(frozen=True, slots=True)
class ImageTag:
    """A tag that an image has.

    Attributes:
        image: id of the image.
        link: id of the link between the two.
        annotation: id of the tag.
        text: of the tag.
        removable: whether the user may delete the link.
        deletable: whether the user may delete the tag itself.
    """

    image: int
    link: int
    annotation: int
    text: str
    removable: bool
    deletable: bool


@dataclass(frozen=True, slots=True)
class NewTag:
    """A tag that an image gets.

    Attributes:
        image: id of the image.
        text: of the tag.
        new: whether there is no such tag yet.
        annotation: id of the tag; 0 until it is made.
    """

    image: int
    text: str
    new: bool
    annotation: int = 0


@dataclass(frozen=True, slots=True)
class TagReversal:
    """What undoes the tags of a job on one image.

    Attributes:
        remove: tags that the job gave to the image.
        refused: such ones that the user may not take away.
        edited: such ones that somebody has renamed since; they stay.
        restore: texts of tags that the job took away, and that the image has no more.
    """

    remove: tuple[ImageTag, ...] = ()
    refused: tuple[ImageTag, ...] = ()
    edited: tuple[ImageTag, ...] = ()
    restore: tuple[str, ...] = ()


def texts_of(pairs: Pairs, keys: Collection[str]) -> tuple[str, ...]:
    """The tags that an image is to have, each once; a value that is too long makes none.

    Args:
        pairs: those that it has afterwards.
        keys: whose values become tags.
    """
    values = (value.strip() for key, value in pairs if key in keys)
    return tuple(dict.fromkeys(each for each in values if each and len(each) <= LONGEST))


def too_long(pairs: Pairs, keys: Collection[str]) -> int:
    """How many values are too long for a tag."""
    return sum(key in keys and len(value.strip()) > LONGEST for key, value in pairs)


def missing(texts: Iterable[str], there: Iterable[ImageTag]) -> tuple[str, ...]:
    """Of these tags the ones that an image has not, whoever gave it the others."""
    known = {each.text for each in there}
    return tuple(each for each in texts if each not in known)


def usable(tags: Iterable[Tag], user: int) -> dict[tuple[int, str], int]:
    """The tag to use for a text in a group: the user's own, else another's that may be linked.

    Args:
        tags: that there are; tag sets left out.
        user: id of the user.
    """
    found: dict[tuple[int, str], int] = {}
    for each in sorted(tags, key=lambda one: (one.owner != user, one.id)):
        if each.linkable:
            found.setdefault((each.group, each.text), each.id)
    return found


def stored_tag(one: NewTag) -> dict[str, Any]:
    """A tag that an image gets, as `Change.added` has it."""
    return {"tag": one.text, "new": one.new}


def stored_removal(one: ImageTag) -> dict[str, Any]:
    """A tag that is taken from an image, as `Change.removed` has it."""
    return {"tag": one.text}


def split(change: Change) -> tuple[Change, Change]:
    """What a job did to an image, without tags, and to its tags alone."""
    both = list(zip(change.added, change.ids, strict=True))
    return _part(change, both, tags=False), _part(change, both, tags=True)


def _part(change: Change, added: Sequence[tuple[Any, int]], *, tags: bool) -> Change:
    some = [each for each in added if isinstance(each[0], Mapping) == tags]
    removed = [each for each in change.removed if isinstance(each, Mapping) == tags]
    return Change(change.id, [e for e, _ in some], removed, [id_ for _, id_ in some])


def made_tags(change: Change) -> set[str]:
    """The texts of tags that a job made for an image."""
    return {each["tag"] for each in change.added if isinstance(each, Mapping) and each["new"]}


def tag_reversal(change: Change, there: Sequence[ImageTag]) -> TagReversal:
    """What undoes the tags of a job on an image.

    Args:
        change: what the job did to its tags.
        there: the tags that it has now.
    """
    added = _added(change, there)
    as_given = [one for one, text in added if one.text == text]
    remove = tuple(each for each in as_given if each.removable)
    staying = [each for each in there if each not in remove]
    return TagReversal(
        remove,
        tuple(each for each in as_given if not each.removable),
        tuple(one for one, text in added if one.text != text),
        missing(dict.fromkeys(each["tag"] for each in change.removed), staying),
    )


def _added(change: Change, there: Sequence[ImageTag]) -> list[tuple[ImageTag, str]]:
    """What the job gave and is still there, with the text that it had then."""
    by_link = {each.link: each for each in there}
    found: dict[int, tuple[ImageTag, str]] = {}
    # Without an id, because the worker died before it was stored: the newest of the same text.
    free = [e for e in sorted(there, key=lambda e: -e.link) if e.link not in change.ids]
    for stored, link in zip(change.added, change.ids, strict=True):
        text = stored["tag"]
        if link == UNKNOWN:
            one = next((each for each in free if each.text == text), None)
        else:
            one = by_link.get(link)
        if one is not None:
            found[one.link] = (one, text)
    return list(found.values())
