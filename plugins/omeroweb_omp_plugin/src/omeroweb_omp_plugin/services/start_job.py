"""What must be true before a job starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from omero_plugin_common import permissions
from omero_plugin_common.errors import BadRequest, Forbidden
from omeroweb_omp_plugin.omero_side.password import check_password

# What a user types before something that the plugin did not write is taken away.
CONFIRMATIONS: Final = {"replace_all": "REPLACE", "delete_all": "DELETE"}
WHY_NOT_ROOT: Final = (
    "You are logged in as an administrator of OMERO. Background jobs act as the user who starts "
    "them, and OMERO lets nobody act as an administrator: log in as the scientist whose images "
    "these are, or as a member of the group"
)


def check_may_start(conn: Any, is_admin: bool, images: Sequence[int]) -> int:
    """Whether a user may start a job on images.

    Args:
        conn: the user's gateway.
        is_admin: whether the user is an administrator.
        images: ids; one call of OMERO per 5000.

    Returns:
        The group in which most of them are; the job works in it.

    Raises:
        BadRequest: there is no image.
        Forbidden: an administrator; or the user may annotate none of the images.
    """
    if not images:
        raise BadRequest("There is no image to work on: choose some first", code="empty_selection")
    if is_admin:
        raise Forbidden(WHY_NOT_ROOT, code="administrator")
    found = permissions.access(conn, "Image", images).values()
    groups = Counter(each.group_id for each in found if each.allows("annotate"))
    if not groups:
        raise Forbidden("You may not annotate any of these images: ask the owner of the group")
    return groups.most_common(1)[0][0]


def check_confirmed(user_name: str, action: str, password: str, typed: str) -> None:
    """Whether a user really wants to take away what the plugin did not write.

    Args:
        user_name: the user's login name.
        action: a key of `CONFIRMATIONS`.
        password: the user's.
        typed: what the user typed to confirm.

    Raises:
        BadRequest: the word is not typed.
        Forbidden: the password is missing or wrong.
    """
    word = CONFIRMATIONS[action]
    if typed != word:
        raise BadRequest(f"Type {word} to confirm", code="not_confirmed")
    if not password:
        raise Forbidden("This needs your password", code="password_needed")
    check_password(user_name, password)
