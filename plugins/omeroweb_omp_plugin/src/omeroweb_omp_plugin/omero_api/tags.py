"""Tags: those that images have, those of a group, and new ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

# First: imported after Glacier2 it would define Glacier2's exceptions a second time.
import omero.clients  # isort: skip
import omero.cmd
import omero.model
from omero.rtypes import rstring

from omero_plugin_common.omero_api import commands, hql
from omeroweb_omp_plugin.omero_api.remove import Linked, alone_on, remove
from omeroweb_omp_plugin.planning.tags import TAG_SET, ImageTag, Tag

_NO_SET: Final = f"(a.ns is null or a.ns != '{TAG_SET}')"
_LINKS: Final = (
    "select l from ImageAnnotationLink l join fetch l.child a "
    "where l.parent.id in (:ids) and a.class = TagAnnotation order by l.id"
)
_NAMED: Final = (
    f"select a from TagAnnotation a where a.textValue in (:texts) and {_NO_SET} "  # noqa: S608
    "and a.details.group.id = :group"
)
_MADE_AT_ONCE: Final = 1000


def tags_on(conn: Any, images: Sequence[int]) -> dict[int, list[ImageTag]]:
    """The tags of images, tag sets left out, with what the user may do with them.

    Args:
        conn: the user's gateway.
        images: ids.

    Returns:
        By id of the image; images without a tag are left out. One call of OMERO per 5000 ids.
    """
    by_image: dict[int, list[ImageTag]] = {}
    for some in hql.batches(images):
        for link in hql.objects(conn, _LINKS, ids=some):
            tag = link.child
            if tag.ns is not None and tag.ns.val == TAG_SET:
                continue
            by_image.setdefault(link.parent.id.val, []).append(
                ImageTag(
                    image=link.parent.id.val,
                    link=link.id.val,
                    annotation=tag.id.val,
                    text=_text(tag),
                    removable=bool(link.details.permissions.canDelete()),
                    deletable=bool(tag.details.permissions.canDelete()),
                )
            )
    return by_image


def tags_named(conn: Any, group: int, texts: Sequence[str]) -> list[Tag]:
    """The tags of a group with one of these texts, tag sets left out; one call per 5000 texts."""
    return [
        Tag(
            id=tag.id.val,
            text=_text(tag),
            group=group,
            owner=tag.details.owner.id.val,
            linkable=bool(tag.details.permissions.canAnnotate()),
        )
        for some in hql.batches(texts)
        for tag in hql.objects(conn, _NAMED, texts=some, group=group)
    ]


def make_tags(conn: Any, group: int, texts: Sequence[str]) -> dict[str, int]:
    """New tags of a group, 1000 in one call of OMERO; their ids by text."""
    made: dict[str, int] = {}
    for some in hql.batches(texts, _MADE_AT_ONCE):
        tags = []
        for text in some:
            tag = omero.model.TagAnnotationI()
            tag.textValue = rstring(text)
            tags.append(tag)
        ids = conn.getUpdateService().saveAndReturnIds(tags, hql.context(conn, group))
        made |= {text: int(id_) for text, id_ in zip(some, ids, strict=True)}
    return made


def take_tags(
    conn: Any, leaving: Sequence[ImageTag], made: Sequence[ImageTag]
) -> tuple[dict[int, str], str]:
    """Take tags from their images; of those that a job made, delete what nothing else has.

    The links go first: OMERO deletes no tag that is on somebody else's image.

    Args:
        conn: the user's gateway.
        leaving: which.
        made: those of them that are deleted if they are then nowhere.

    Returns:
        What OMERO said of the links that it refused, by id of the image; and why it did not delete
        the unused tags, empty when it did.
    """
    errors = remove(conn, [Linked(e.image, e.link, e.annotation, False) for e in leaving])
    deletable = [
        Linked(each.image, each.link, each.annotation, each.deletable)
        for each in made
        if each.image not in errors
    ]
    unused = alone_on(conn, deletable)
    if not unused:
        return errors, ""
    try:
        commands.run(conn, omero.cmd.Delete2(targetObjects={"Annotation": sorted(unused)}))
    except commands.CommandFailed as error:
        return errors, str(error)[:300]
    return errors, ""


def _text(tag: Any) -> str:
    return tag.textValue.val if tag.textValue is not None else ""
